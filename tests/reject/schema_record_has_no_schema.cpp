// expect: record_has_no_schema<order>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
};

#ifndef SLUICE_REJECT
template<>
struct sluice::schema<order> : sluice::columns<order, sluice::column<"ID", &order::id>> {};
#endif

sluice::column_table const table = sluice::columns_of<order>();
