"""A page on which one row can be tried: no script, style or font from elsewhere."""

from __future__ import annotations

from html import escape

from milepost.modalities.doors import BLANKS
from milepost.serving.codec import encode
from milepost.serving.native import example
from milepost.shipping import inline
from milepost.shipping.manifest import Column, Manifest

STYLE = """
:root { color-scheme: light dark; --line: #8884; --mark: #2563eb; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(15em, 1fr)); gap: .8em 1.2em; }
label { display: grid; font-size: .85em; overflow-wrap: anywhere; }
label.wide, fieldset { grid-column: 1 / -1; }
input, select, textarea { font: inherit; padding: .35em .5em; border: 1px solid var(--line);
  border-radius: .4em; }
textarea { min-height: 6em; resize: vertical; }
fieldset { border: 1px solid var(--line); border-radius: .4em; margin: 0; padding: .6em .8em; display: flex;
  flex-wrap: wrap; gap: .8em; align-items: center; font-size: .85em; }
fieldset img { max-width: 20em; max-height: 16em; border-radius: .3em; background: #8882; }
fieldset input { border: 0; padding: 0; max-width: 100%; }
small { opacity: .65; }
button.less { background: none; color: inherit; border: 1px solid var(--line); padding: .2em .8em; }
button { font: inherit; padding: .5em 1.4em; border: 0; border-radius: .4em; background: var(--mark);
  color: #fff; cursor: pointer; grid-column: 1 / -1; justify-self: start; }
table { border-collapse: collapse; margin: 1em 0; }
td { padding: .2em 1em .2em 0; } td i { display: block; height: .7em; background: var(--mark); }
td.bar { width: 16em; } .wrong { color: #dc2626; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .8em; }
"""
SCRIPT = """
const form = document.querySelector('#row'), out = document.querySelector('#answer');
const body = document.querySelector('#body'), text = document.createElement.bind(document);
const media = {};
function place(name, address) {
  media[name] = address ? address.slice(address.indexOf(',') + 1) : null;
  const shown = document.querySelector('[data-shows="' + CSS.escape(name) + '"]');
  shown.hidden = !address;
  if (address) shown.src = address; else shown.removeAttribute('src');
  show();
}
function take(field) {
  const file = field.files[0], reader = new FileReader();
  if (!file) return;
  reader.onload = () => place(field.name, reader.result);
  reader.readAsDataURL(file);
}
function row() {
  const made = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const kind = field.dataset.kind, value = field.value;
    if (field.type === 'file') { made[field.name] = media[field.name]; continue; }
    if (value === '') made[field.name] = null;
    else if (kind === 'float' || kind === 'int') made[field.name] = isNaN(value) ? value : Number(value);
    else if (kind === 'bool') made[field.name] = value === 'true';
    else made[field.name] = value;
  }
  return made;
}
function short(key, value) {
  return key in media && value && value.length > 60 ? value.slice(0, 40) + '… (' + value.length
    + ' characters of base64)' : value;
}
function show() { body.textContent = JSON.stringify({ rows: [row()] }, short, 1); }
function line(table, name, value) {
  const cells = table.insertRow(), bar = name.startsWith('proba_') && typeof value === 'number';
  cells.insertCell().textContent = name;
  cells.insertCell().textContent = bar ? (100 * value).toFixed(1) + ' %' : String(value);
  const last = cells.insertCell();
  last.className = 'bar';
  if (bar) last.appendChild(text('i')).style.width = 100 * value + '%';
}
for (const field of form.querySelectorAll('input[type=file]')) {
  field.addEventListener('change', () => take(field));
  field.parentElement.querySelector('button').addEventListener('click', () => {
    field.value = '';
    place(field.name, '');
  });
  place(field.name, field.dataset.value);
}
form.addEventListener('input', show);
form.addEventListener('submit', async event => {
  event.preventDefault();
  out.replaceChildren();
  try {
    const start = performance.now();
    const reply = await fetch(form.getAttribute('action') || 'predict', { method: 'POST',
      headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ rows: [row()] }) });
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
    name, version = escape(manifest.name), escape(manifest.version)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Try {name}</title>"
        "<meta name=viewport content='width=device-width'>"
        f"<style>{STYLE}</style><h1>Try {name}</h1><p>Version {version}. The values are made up; an empty "
        "field means that the value is not known. <a href=.>About</a> · <a href=openapi.json>OpenAPI</a></p>"
        f"<form id=row>{fields(manifest)}<button>Ask</button></form><div id=answer aria-live=polite></div>"
        "<h2>What is sent</h2><p><code>POST /predict</code></p><pre id=body></pre>"
        f"<script>{SCRIPT}</script></html>"
    )


def fields(manifest: Manifest) -> str:
    """The fields of a row, a column a field, as HTML for a form that `SCRIPT` sends."""
    return "".join(_field(column, example(manifest)[column.name]) for column in manifest.columns)


def _field(column: Column, value: object) -> str:
    name, kind = escape(column.name, quote=True), column.dtype
    if column.wire in BLANKS:
        return _chooser(name, kind, str(value or ""))
    if column.wire == "bytes":
        filled = escape(str(value or ""))  # a line feed right after the tag would be dropped
        start = f"<label class=wide>{name}<small>{kind}</small>"
        return f"{start}<textarea name='{name}' data-kind=text rows=5>\n{filled}</textarea></label>"
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


def _chooser(name: str, kind: str, value: str) -> str:
    """A chooser of a file, with the picture or a player of what is chosen; at first it is the example."""
    word = inline.WORDS[kind]
    first = f"data:{'audio/wav' if kind == 'sound' else ''};base64,{value}" if value else ""
    shows = f"data-shows='{name}'"
    shown = f"<img {shows} alt='what is chosen'>" if kind == "image" else f"<audio controls {shows}></audio>"
    return (
        f"<fieldset><legend>{name} <small>{kind}</small></legend>{shown}"
        f"<input type=file name='{name}' accept='{word}*' data-value='{escape(first, quote=True)}' "
        f"aria-label='{name}'><button type=button class=less>Not known</button></fieldset>"
    )
