// expect: record_has_no_columns<order>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
};

template<>
#ifdef SLUICE_REJECT
struct sluice::schema<order> : sluice::columns<order> {
};
#else
struct sluice::schema<order> : sluice::columns<order, sluice::column<"ID", &order::id>> {
};
#endif

sluice::column_table const table = sluice::columns_of<order>();
