"""``python -m tinygrad_fr.cli``."""

from tinygrad_fr.cli.main import main

if __name__ == "__main__":
    main()
