"""Expected failures: what a person can mend, told without a stack trace."""


class LocalCloudError(Exception):
    """A failure that its reader can do something about.

    Attributes:
        problem: What is wrong, with the field and its value, or the file.
        consequence: What it stopped, or would have caused.
        remedy: What to do now.
    """

    def __init__(self, problem: str, consequence: str, remedy: str) -> None:
        super().__init__(f"{problem}\n  {consequence}\n  Remedy: {remedy}")
        self.problem = problem
        self.consequence = consequence
        self.remedy = remedy
