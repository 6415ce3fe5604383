"""What Pub/Sub takes of names, and durations in seconds."""

from typing import Final

# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
NAME: Final = r"(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}"
NAME_RULE: Final = (
    "a name has 3 to 255 letters, digits and -_.~+%, begins with a letter, and 'goog' in front is Google's own"
)

MINUTES_10: Final = 600
DAY: Final = 86_400
DAYS_31: Final = 31 * DAY
