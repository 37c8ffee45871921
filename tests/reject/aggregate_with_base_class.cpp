// expect: aggregate_with_base_class<order>::ok
#include <sluice/schema/aggregate.hpp>

struct base {
  int id;
};

#ifdef SLUICE_REJECT
struct order : base {
  int total;
};
#else
struct order {
  int id;
  int total;
};
#endif

template<>
struct sluice::schema<order> : sluice::aggregate_columns<order> {};

sluice::column_table const table = sluice::columns_of<order>();
