"""`manual-change render`: the messages as pages and pictures."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("render")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("rendered"),
    show_default=True,
    metavar="FOLDER",
    help="Where the files go.",
)
@click.option("--pictures", is_flag=True, help="PNG files as well; needs Chromium.")
def command(output: Path, pictures: bool) -> None:
    """Draw the message of each verdict and severity, single and grouped, in English and Japanese.

    Exit status: 0 if everything was drawn, 1 if not, 2 for wrong usage.
    """
    from manual_change_local.gallery.browser import BrowserError, browser, picture
    from manual_change_local.gallery.pages import pages

    try:
        if pictures:
            browser()
        output.mkdir(parents=True, exist_ok=True)
        for page in pages():
            path = output / f"{page.name}.html"
            path.write_text(page.html, encoding="utf-8")
            click.echo(path)
            if pictures:
                drawn = output / f"{page.name}.png"
                drawn.write_bytes(picture(path))
                click.echo(drawn)
    except (BrowserError, OSError) as error:
        raise click.ClickException(str(error)) from error
