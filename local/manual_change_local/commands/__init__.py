"""The subcommands of `manual-change`, one module each, loaded when they are called."""
