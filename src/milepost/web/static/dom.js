// Elements without a template: text is always text.

export function el(name, fields = {}, ...inner) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(fields)) {
    if (key === "class") made.className = value
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value)
    else if (value === true) made.setAttribute(key, "")
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value)
  }
  made.append(...inner.filter(each => each !== null && each !== undefined))
  return made
}

export function svg(name, fields = {}, ...inner) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(fields)) made.setAttribute(key, value)
  made.append(...inner)
  return made
}

// The part of an address that names a column; "" for the target.
export const within = column => column ? `?column=${encodeURIComponent(column)}` : ""

export const COLOURS = ["#e8590c", "#1c7ed6", "#2f9e44", "#ae3ec9", "#f08c00", "#0c8599", "#e03131", "#5f3dc4"]
