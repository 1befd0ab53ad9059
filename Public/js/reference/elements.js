// Makes an element. Children that are null, undefined or false are left out.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(key, value)
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return made
}

// A sentence or more of a description: `code` in backticks, and links to the server's own documents.
export function prose(text, name = 'p') {
  return element(name, {}, ...inline(text))
}

function inline(text) {
  return text.split(/(`[^`]+`|\/(?:document\.html\?path=[\w./-]+|openapi\.json|asyncapi\.json)\b)/).map((part) => {
    if (part.startsWith('`')) return element('code', {}, part.slice(1, -1))
    if (/^\/(document\.html|openapi\.json|asyncapi\.json)/.test(part)) {
      return element('a', { href: '.' + part }, part.replace(/^\/(document\.html\?path=)?/, ''))
    }
    return part
  })
}
