#ifndef SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_PIPES_IPP
#define SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_PIPES_IPP

#include <sluice/sandbox/sql/detail/catalogue.hpp>
#include <sluice/sandbox/sql/impl/catalogue.ipp>

#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

pipe_ptr catalogue::pipe(full_name const& name) const {
  std::lock_guard const lock(mutex_);
  return find_or_null(objects_.pipes, name);
}

void catalogue::put(connection& db, pipe_ptr pipe) {
  save(db,
       "pipe",
       pipe->name,
       json_writer()
           .number("id", pipe->id)
           .text("table_database", pipe->table.database)
           .text("table_schema", pipe->table.schema)
           .text("table", pipe->table.name)
           .text("copy", pipe->copy)
           .number("streaming", pipe->streaming)
           .number("paused", pipe->paused)
           .text("comment", pipe->comment)
           .number("created", pipe->created)
           .done());
  std::lock_guard const lock(mutex_);
  objects_.pipes[pipe->name] = std::move(pipe);
}

void catalogue::drop_pipe(connection& db, full_name const& name) {
  forget(db, "pipe", name);
  std::lock_guard const lock(mutex_);
  objects_.pipes.erase(name);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_PIPES_IPP
