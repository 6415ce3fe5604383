"""What pipelines tell GitLab, through python-gitlab: `connection` leads there, `in_place` keeps one text of many."""
