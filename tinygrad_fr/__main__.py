"""``python -m tinygrad_fr``: the command ``tinygrad-fr``, for whoever has not its folder on the PATH."""

from tinygrad_fr.cli import main

if __name__ == "__main__":
    main()
