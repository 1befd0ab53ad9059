import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axis, chartWidth, format } from '../../Public/js/chart.js'

test('an axis has a few round ticks around all values', () => {
  for (const [low, high] of [[0, 1], [0, 9], [0, 1234.5], [-3, 7], [0.001, 0.002], [-5000, -10], [0, 1e12], [99, 101]]) {
    const { low: from, high: to, ticks } = axis(low, high)
    assert.ok(from <= low && to >= high, `${low} to ${high}`)
    assert.ok(ticks.length >= 2 && ticks.length <= 8, `${ticks}`)
    assert.equal(ticks[0], from)
    assert.equal(ticks.at(-1), to)
  }
})

test('one value alone has an axis', () => {
  for (const value of [0, 5, -5, 1e-9]) {
    const { low, high, ticks } = axis(value, value)
    assert.ok(low < high && low <= value && high >= value)
    assert.ok(ticks.every(Number.isFinite))
  }
})

test('a chart is as wide as its room, within bounds', () => {
  assert.deepEqual([0, 239, 240, 259, 328, 480, 2000, Infinity].map(chartWidth), [240, 240, 240, 240, 320, 480, 480, 480])
})

test('numbers are short', () => {
  assert.equal(format(1234.5), '1,234.5')
  assert.equal(format(0.1 + 0.2), '0.3')
  assert.equal(format(12_000_000_000), '12B')
})
