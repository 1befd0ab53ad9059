import { Contents } from './reference/contents.js'
import { element, prose } from './reference/elements.js'
import { restGroups } from './reference/rest.js'
import { socketGroups } from './reference/socket.js'

// The page that shows the interface as the server itself describes it: the routes of openapi.json and the frames of
// asyncapi.json.
const main = document.querySelector('[data-part=reference]')
const contents = new Contents(document.querySelector('[data-part=contents]'))

try {
  const [rest, socket] = await Promise.all([read('openapi.json'), read('asyncapi.json')])
  show('REST', rest.info.description, restGroups(rest))
  show('Socket', socket.info.description, socketGroups(socket))
} catch (error) {
  main.append(element('p', { class: 'failure' }, `The description can't be read: ${error.message}`))
}
addEventListener('hashchange', showAnchor)
showAnchor()

async function read(name) {
  const response = await fetch(name)
  if (!response.ok) throw new Error(`${name}: ${response.status}`)
  return response.json()
}

// A part of the page. A group is `{title, description, entries}`, an entry `{id, label, mark, node}`.
function show(title, description, groups) {
  main.append(element('h1', {}, title), prose(description))
  contents.heading(title)
  for (const group of groups) {
    main.append(element('h2', {}, group.title))
    if (group.description) main.append(prose(group.description))
    main.append(...group.entries.map((entry) => entry.node))
    contents.group(group)
  }
}

// The entries were not there when the browser looked for the anchor.
function showAnchor() {
  main.querySelector('.here')?.classList.remove('here')
  const entry = document.getElementById(location.hash.slice(1))
  contents.mark(entry?.id)
  if (!entry || !main.contains(entry)) return
  entry.classList.add('here')
  entry.scrollIntoView()
}
