"""The group of commands: each is imported only when it is used, so help stays light."""

from __future__ import annotations

import gettext
import os
import re
import signal
import sys
import textwrap
import threading
import traceback
import unicodedata
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli import streams
from tinygrad_fr.cli.examples import examples
from tinygrad_fr.errors import StoppedError, TinygradError
from tinygrad_fr.files import reason
from tinygrad_fr.locale import DIRECTORY, DOMAIN, LANGUAGES, _, language, set_language

if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 130
_WORD, _SENTENCE = 400, 1500  # characters of what a message quotes, and of all of it
PROGRAM = "tinygrad-fr"
_OURS = "tinygrad_fr"


def commands() -> dict[str, str]:
    """Every command with its line of help, in the order in which a newcomer meets them."""
    return {
        "demo": _("Train an RNN and an LSTM on real digits, and explain them in one page."),
        "tutorial": _("List, open, write or run the tutorials."),
        "slides": _("Write a tutorial as slides, for the classroom."),
        "course": _("Show the course as a map: every row, and the command that answers it."),
        "models": _("List the models, or show one."),
        "run": _("Run a script written for PyTorch, unchanged, and then look at it."),
        "render": _("Draw the recorded graph of a model."),
        "step": _("Walk through a run, one operation at a time, forward and backward."),
        "flow": _("Show how the gradient comes back through time or through layers."),
        "diagnose": _("Say why a training does not learn, and what to try."),
        "gallery": _("Draw every kind of picture and every model, in a folder."),
        "diff": _("Compare two runs, operation by operation."),
        "cliff": _("Show where an exploding gradient throws a descent."),
        "activations": _("Show activation functions, their derivatives and where they saturate."),
        "descent": _("Show how each optimizer goes down the same slope."),
        "gates": _("Show what the gates of an LSTM or a GRU let through."),
        "attention": _("Show who looks at whom in the heads of a Transformer."),
        "maps": _("Show the filters of a convolutional network, and what each finds in an image."),
        "ask": _("Ask a trained model: a number to translate, a text to go on with."),
        "train": _("Train a model by its recipe."),
        "export": _("Write a model, or a trained run, as an ONNX file for other tools."),
        "compare": _("Train a model once for each value of a setting, and compare."),
        "sweep": _("Train a model for every combination of settings, with several seeds, on every core or a cluster."),
        "words": _("Ask the vectors of words: neighbours, analogies, groups, a map."),
        "plugins": _("List, show, check or start plugins: models of your own."),
        "check": _("Prove the gradients of operations and models."),
        "probes": _("Show how the engine behaves where others go wrong."),
        "doctor": _("Show what works here, and how to mend what does not."),
        "completion": _("Write what makes a shell complete these commands."),
    }


class Group(click.Group):
    """Commands by name, each in the module of that name."""

    def invoke(self, ctx: click.Context) -> Any:
        """Import a command and run it; an interruption is said in our words, without click's line before them."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise StoppedError(_("interrupted")) from None
        except EOFError as error:  # of a damaged file: click would call it an interruption
            raise RuntimeError(f"EOFError: {error}") from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, without importing anything."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in commands():
            return None
        import_module("tinygrad_fr.kernels")  # first, since the environment may ask it for what cannot be
        command: click.Command = import_module(f"tinygrad_fr.cli.commands.{cmd_name}").command
        command.help = commands()[cmd_name]
        command.epilog = _examples(cmd_name)
        _spoken(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their help, without importing them."""
        with formatter.section(_("Commands")):
            formatter.write_dl(list(commands().items()))


def _examples(name: str) -> str:
    """Examples of a command, for the end of its help."""
    lines = [_("Examples:")]
    for line, shown in examples()[name]:
        lines += [f"  {PROGRAM} {line}", *textwrap.wrap(shown, 72, initial_indent=" " * 6, subsequent_indent=" " * 6)]
    return "\b\n" + "\n".join(lines)


def _spoken(command: click.Command) -> None:
    """Let ``--lang`` stand after the command's name too; :func:`_language_of` has read it."""
    if not any(parameter.name == "lang" for parameter in command.params):
        command.params.append(click.Option(["--lang"], type=click.Choice(LANGUAGES), expose_value=False, hidden=True))
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMAND [ARGUMENTS]…")
        for each in command.commands.values():
            _spoken(each)


def _environment() -> str:
    """The environment variables that the program reads, for the end of its help."""
    read = {
        "TINYGRAD_FR_LANG": _("language, fr or en, unless --lang says it"),
        "TINYGRAD_FR_DEBUG": _("1 shows where an error arose"),
        "NO_COLOR": _("1 writes without colours"),
        "NUMBA_CACHE_DIR": _("where compiled kernels are kept"),
        "NUMBA_NUM_THREADS": _("how many cores to use"),
    }
    width = max(map(len, read))
    lines = [_("Environment:"), *(f"  {name:{width}}  {said}" for name, said in read.items())]
    codes = _("Exit codes: 0 success, 1 the work failed, 2 it was asked for wrongly, 130 interrupted.")
    return "\b\n" + "\n".join(lines) + "\n\n" + codes


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from tinygrad_fr.installed import version

        click.echo(f"tinygrad-fr {version()}")
        ctx.exit()


def group() -> click.Group:
    """The command-line program, in the language chosen."""
    options: list[click.Parameter] = [
        click.Option(
            ["--lang"], type=click.Choice(LANGUAGES), expose_value=False, help=_("Language of what is shown.")
        ),
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
            help=_("Show the version and exit."),
        ),
    ]  # fmt: skip
    return Group(
        PROGRAM,
        params=options,
        help=_("An autograd engine that you can see: record a model, draw it, follow its gradients."),
        epilog=_environment(),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        no_args_is_help=True,
        subcommand_metavar=_("COMMAND [ARGUMENTS]…"),
    )


def _language_of(arguments: list[str]) -> None:
    """Take ``--lang`` into account before the first word is said."""
    for i, argument in enumerate(arguments):
        name, _equals, value = argument.partition("=")
        if name == "--lang":
            value = value or (arguments[i + 1] if i + 1 < len(arguments) else "")
            if value in LANGUAGES:
                set_language(value)


def _click_in(code: str) -> None:
    """Make click's own words come from our catalogue."""
    os.environ["LANGUAGE"] = code
    gettext.bindtextdomain(DOMAIN, str(DIRECTORY))
    gettext.textdomain(DOMAIN)


def _fail(message: str) -> None:
    # A name may hold any sign: none of them moves the cursor, changes colours or begins a line.
    message = "".join(
        "�" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in message.replace("\n", " ")
    )
    message = re.sub(rf"\S{{{_WORD},}}", lambda word: f"{word[0][: _WORD // 2]}…{word[0][-_WORD // 4 :]}", message)
    if len(message) > _SENTENCE:
        message = f"{message[:_SENTENCE]}…"
    from tinygrad_fr.cli.output import say

    try:
        say(_("Error: {message}").format(message=message))
    except OSError:  # no stream is left to write to
        streams.silence("stderr")


def _remark() -> None:
    """One line on the engine that drew, where it is not the usual one."""
    engine = sys.modules.get("tinygrad_fr.draw.engine")  # nothing drew where it was never imported
    said = engine.remark() if engine is not None else ""
    if said:
        from tinygrad_fr.cli.output import say

        say(said)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with its code."""
    interrupts = Interrupts()
    try:
        arguments = sys.argv[1:] if arguments is None else arguments
        streams.ready()
        _language_of(arguments)
        _click_in(language())
        code = _run(arguments, interrupts)
    except KeyboardInterrupt:  # before there was anything to interrupt, or while something was said
        _fail(_("interrupted"))
        code = INTERRUPTED
    interrupts.over()
    sys.exit(code)


class Interrupts:
    """Whether somebody pressed Ctrl-C: a library that is being loaded may make another error of Python's.

    Attributes:
        seen: whether it came.
    """

    def __init__(self) -> None:
        self.seen = False
        self._own = threading.current_thread() is threading.main_thread() and (
            signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started us had a reason
        )
        if self._own:
            signal.signal(signal.SIGINT, self._came)

    def over(self) -> None:
        """Leave Ctrl-C as it was."""
        if self._own:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _came(self, number: int, frame: FrameType | None) -> None:
        self.seen = True
        signal.default_int_handler(number, frame)


def _run(arguments: list[str], interrupts: Interrupts) -> int:
    try:
        result: Any = group().main(arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        _remark()
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        _fail(error.format_message())
        return error.exit_code
    except TinygradError as error:
        if os.environ.get("TINYGRAD_FR_DEBUG"):
            raise
        _fail(str(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _fail(_("interrupted"))
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away: nobody is left to tell
        streams.silence("stdout")
        return 1
    except SystemExit as error:
        return _ended(error)
    except Exception as error:
        if interrupts.seen and not isinstance(error, OSError):
            _fail(_("interrupted"))
            return INTERRUPTED
        if os.environ.get("TINYGRAD_FR_DEBUG"):
            raise
        return _unexpected(error)


def _ended(error: SystemExit) -> int:
    """Say whose code ended the program; ours never does."""
    if isinstance(error.__context__, BrokenPipeError):  # rich's way to say it
        streams.silence("stdout")
    else:
        _fail(_("{where} ended the program (SystemExit: {code})").format(where=_whose(error), code=error.code))
    return 1


def _unexpected(error: Exception) -> int:
    """Say in one sentence what the system refused, or that a defect of ours was met, and how to see the rest."""
    if isinstance(error, OSError):  # nearly always a stream, for files are read and written elsewhere
        said = _("{path}: {cause}") if error.filename else _("cannot write {path}: {cause}")
        _fail(said.format(path=error.filename or _("standard output"), cause=reason(error)))
        streams.silence("stdout")
    else:
        _fail(
            _("unexpected {kind}: {cause} (set TINYGRAD_FR_DEBUG=1 to see where)").format(
                kind=type(error).__name__, cause=error
            )
        )
    return 1


def _whose(error: BaseException) -> str:
    """The code that raised an error, as a person knows it: the innermost that is not ours or Python's own."""
    frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
    names = [(str(frame.f_globals.get("__name__", "")), frame.f_code.co_filename) for frame in frames]
    others = [(name, file) for name, file in names if name.split(".")[0] not in (_OURS, "click", "_sitebuiltins")]
    name, file = others[-1] if others else names[-1]
    from tinygrad_fr.plugins.discovery import FROM_FILE

    return _("plugin “{name}” ({origin})").format(name=name.removeprefix(FROM_FILE), origin=file)
