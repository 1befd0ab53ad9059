// Follows what runs or waits in a session: `{message, status, queued}` or null, as `welcome` tells it, from then on by
// the frames. It only steers the stop button and the waiting dots, and every `welcome` sets it right.
export function nextRun(run, frame) {
  switch (frame.type) {
    case 'welcome':
      return told(frame.run ?? null)
    case 'run.stopping':
      return { message: frame.message ?? null, status: 'stopping', queued: run?.queued ?? 0 }
    case 'message.created':
      return created(run, frame.message)
    case 'message.completed':
      return run?.message === frame.message ? afterAnswer(run) : run
    default:
      return run
  }
}

// The one that waits to be answered next is not counted here as waiting behind itself.
function told(run) {
  return run?.message === null && run.status === 'queued' ? { ...run, queued: Math.max(0, run.queued - 1) } : run
}

function created(run, message) {
  if (message.role === 'user') {
    return run ? { ...run, queued: run.queued + 1 } : { message: null, status: 'queued', queued: 0 }
  }
  if (message.role !== 'assistant') return run
  const waiting = run?.message === null ? run.queued : Math.max(0, (run?.queued ?? 0) - 1)
  const status = run?.message === null && run.status === 'stopping' ? 'stopping' : 'streaming'
  const begun = { message: message.id, status, queued: waiting }
  return message.status === 'streaming' ? begun : afterAnswer(begun)
}

function afterAnswer(run) {
  return run.queued > 0 ? { message: null, status: 'queued', queued: run.queued - 1 } : null
}
