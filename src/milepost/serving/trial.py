"""A page on which one row can be tried: no script, style or font from elsewhere."""

from __future__ import annotations

from html import escape

from milepost.serving.codec import encode
from milepost.serving.native import example
from milepost.shipping.manifest import Column, Manifest

STYLE = """
:root { color-scheme: light dark; --line: #8884; --mark: #2563eb; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(15em, 1fr)); gap: .8em 1.2em; }
label { display: grid; font-size: .85em; overflow-wrap: anywhere; }
input, select { font: inherit; padding: .35em .5em; border: 1px solid var(--line); border-radius: .4em; }
small { opacity: .65; }
button { font: inherit; padding: .5em 1.4em; border: 0; border-radius: .4em; background: var(--mark);
  color: #fff; cursor: pointer; grid-column: 1 / -1; justify-self: start; }
table { border-collapse: collapse; margin: 1em 0; }
td { padding: .2em 1em .2em 0; } td i { display: block; height: .7em; background: var(--mark); }
td.bar { width: 16em; } .wrong { color: #dc2626; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .8em; }
"""
SCRIPT = """
const form = document.querySelector('form'), out = document.querySelector('#answer');
const body = document.querySelector('#body'), text = document.createElement.bind(document);
function row() {
  const made = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const kind = field.dataset.kind, value = field.value;
    if (value === '') made[field.name] = null;
    else if (kind === 'float' || kind === 'int') made[field.name] = isNaN(value) ? value : Number(value);
    else if (kind === 'bool') made[field.name] = value === 'true';
    else made[field.name] = value;
  }
  return made;
}
function show() { body.textContent = JSON.stringify({ rows: [row()] }, null, 1); }
function line(table, name, value) {
  const cells = table.insertRow(), bar = name.startsWith('proba_') && typeof value === 'number';
  cells.insertCell().textContent = name;
  cells.insertCell().textContent = bar ? (100 * value).toFixed(1) + ' %' : String(value);
  const last = cells.insertCell();
  last.className = 'bar';
  if (bar) last.appendChild(text('i')).style.width = 100 * value + '%';
}
form.addEventListener('input', show);
form.addEventListener('submit', async event => {
  event.preventDefault();
  out.replaceChildren();
  try {
    const start = performance.now();
    const reply = await fetch('predict', { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ rows: [row()] }) });
    const found = await reply.json(), spent = (performance.now() - start).toFixed(1);
    if (!reply.ok) throw new Error([found.error.what, found.error.expected].filter(Boolean).join(' '));
    const table = text('table');
    for (const [name, value] of Object.entries(found.answers[0])) line(table, name, value);
    const note = text('small');
    note.textContent = 'answered in ' + spent + ' ms';
    out.append(table, note);
  } catch (problem) {
    const said = text('p');
    said.className = 'wrong';
    said.textContent = problem.message;
    out.append(said);
  }
});
show();
"""


def page(manifest: Manifest) -> str:
    """The page of a package: a field a column, filled with a made example; its answer as a table."""
    fields = "".join(_field(column, example(manifest)[column.name]) for column in manifest.columns)
    name, version = escape(manifest.name), escape(manifest.version)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Try {name}</title>"
        "<meta name=viewport content='width=device-width'>"
        f"<style>{STYLE}</style><h1>Try {name}</h1><p>Version {version}. The values are made up; an empty "
        "field means that the value is not known. <a href=.>About</a> · <a href=openapi.json>OpenAPI</a></p>"
        f"<form>{fields}<button>Ask</button></form><div id=answer aria-live=polite></div>"
        "<h2>What is sent</h2><p><code>POST /predict</code></p><pre id=body></pre>"
        f"<script>{SCRIPT}</script></html>"
    )


def _field(column: Column, value: object) -> str:
    name, kind = escape(column.name, quote=True), column.dtype
    start = f"<label>{name}<small>{kind}</small>"
    if kind == "bool":
        said = {True: "true", False: "false", None: ""}[value if isinstance(value, bool) else None]
        options = "".join(
            f"<option{' selected' if option == said else ''}>{option}</option>"
            for option in ("", "true", "false")
        )
        return f"{start}<select name='{name}' data-kind=bool>{options}</select></label>"
    shown = "" if value is None else value if isinstance(value, str) else encode(value).decode()
    way = "decimal" if kind in ("float", "int") else "text"
    filled = escape(shown, quote=True)
    return f"{start}<input name='{name}' data-kind={kind} inputmode={way} value='{filled}'></label>"
