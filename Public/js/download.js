// Fetches one of a message's results as a file, as the visitor who may see it, and has the browser keep it.
// Throws where it is not to be had.
export async function downloadResult({ session, token, site }, message, number) {
  const query = site ? `?site=${encodeURIComponent(site)}` : ''
  const response = await fetch(`v1/sessions/${session}/messages/${message}/results/${number}.csv${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!response.ok) throw new Error(`the download was answered with ${response.status}`)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = `result-${number}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
