#pragma once
#include <libpq-fe.h>

/// Ends a unit of a pipeline. From libpq 17 on the bytes stay in its buffer until `PQflush`, so that the units of one
/// turn leave together; before, libpq writes them at once.
static inline int postgres_pipeline_sync(PGconn *connection) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  return PQsendPipelineSync(connection);
#else
  return PQpipelineSync(connection);
#endif
}
