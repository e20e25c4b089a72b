"""Exit codes of all commands, as the help and the page about the command line list them."""

from __future__ import annotations

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_PARTIAL = 3
EXIT_SIGINT = 130  # 128 + the number of the signal, as in shells
EXIT_SIGPIPE = 141

EXIT_CODES = (
    (0, "Done."),
    (
        EXIT_FAILURE,
        "Failed: an error of the service, no response, no credentials, an unusable file, nothing found.",
    ),
    (EXIT_USAGE, "The command or a setting is invalid; nothing was sent."),
    (EXIT_PARTIAL, "Finished, but a part of it failed."),
    (EXIT_SIGINT, "Interrupted with Ctrl-C."),
    (EXIT_SIGPIPE, "The reader of the output closed the pipe."),
)
