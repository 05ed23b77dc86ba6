"""What can keep the stack from starting, each as one line that names the next step."""


class StackError(Exception):
    """The stack cannot do what was asked; the text is shown to a person as it is."""


class AlreadyRunningError(StackError):
    """Another stack uses this folder."""
