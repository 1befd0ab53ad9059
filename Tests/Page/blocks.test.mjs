import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBlocks } from '../../Public/js/blocks.js'
import { seededRandom } from './support.mjs'

const kinds = (text) => parseBlocks(text).map(({ kind }) => kind)

test('blocks are told apart', () => {
  const text = '# T\ntext\nmore\n\n- a\n- b\n1. c\n> q\n---\n```\ncode\n```\n| a | b |\n| - | - |\n| 1 | 2 |\nend'
  assert.deepEqual(kinds(text),
    ['heading', 'paragraph', 'list', 'list', 'quote', 'rule', 'code', 'table', 'paragraph'])
})

test('a list keeps its items, its start and what is indented under them', () => {
  const [list] = parseBlocks('3. one\n   goes on\n4. two\n\n5. three')
  assert.deepEqual([list.ordered, list.start, list.items], [true, 3, ['one\ngoes on', 'two', 'three']])
})

test('code is taken as it stands, also before its end has come', () => {
  assert.equal(parseBlocks('```swift\n# a\n\n- b\n```\n')[0].text, '# a\n\n- b')
  assert.equal(parseBlocks('```\n# a\n- b')[0].text, '# a\n- b')
})

test('a table has cells, with escaped bars inside', () => {
  const [table] = parseBlocks('| a | b |\n|---|:-:|\n| 1 \\| 2 | x |')
  assert.deepEqual([table.head, table.rows], [['a', 'b'], [['1 | 2', 'x']]])
})

test('a table says which columns are aligned to the end', () => {
  const [table] = parseBlocks('| a | b | c | d |\n| --- | ---: | :-: |-:|\n| 1 | 2 | 3 | 4 |')
  assert.deepEqual(table.ends, [false, true, false, true])
})

test('the sources are the text, and reading on from the last two blocks gives what reading all gives', () => {
  const random = seededRandom('blocks')
  const pieces = ['a', ' ', '\n', '\n\n', '- ', '1. ', '# ', '> ', '```', '```\n', '|', '| a | b |\n',
    '|-|-|\n', '---', '  ', 'x\n', '**b**', '`c`']
  for (let round = 0; round < 500; round++) {
    let text = ''
    let blocks = []
    for (let step = 0; step < 40; step++) {
      text += pieces[random.below(pieces.length)]
      const kept = blocks.slice(0, Math.max(0, blocks.length - 2))
      const from = kept.reduce((length, { source }) => length + source.length, 0)
      blocks = [...kept, ...parseBlocks(text.slice(from))]
      assert.equal(blocks.map(({ source }) => source).join(''), text)
      assert.deepEqual(blocks, parseBlocks(text), JSON.stringify(text))
    }
  }
})

test('a list stands in the item that it is indented under', () => {
  const [list] = parseBlocks('- a\n  - b\n    - c\n  - d\n- e\n\n  more of e')
  assert.deepEqual(list.items, ['a\n- b\n  - c\n- d', 'e\n\nmore of e'])
  const [inner] = parseBlocks(list.items[0].slice(2))
  assert.deepEqual(inner.items, ['b\n- c', 'd'])
  const [ordered] = parseBlocks('1. a\n   - b\n2. c')
  assert.deepEqual(ordered.items, ['a\n- b', 'c'])
})
