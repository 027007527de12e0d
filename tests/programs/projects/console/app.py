# SPDX-License-Identifier: Apache-2.0
"""A command with commands below it."""

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table


@click.group()
def cli():
    pass


@cli.command()
@click.option("--rows", default=3, type=int)
def table(rows):
    shown = Table("a", "b")
    for row in range(rows):
        shown.add_row(str(row), "[bold]x[/]")
    Console(width=60).print(shown)


@cli.command()
def text():
    Console(width=60).print(Markdown("# Hi\n\n* a\n* `b`\n\n```python\nprint(1)\n```"))


@cli.command()
def crash():
    from rich.traceback import install

    install(width=60)
    raise ValueError("as asked")


cli()
