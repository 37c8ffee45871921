// expect: aggregate_member_needs_initializer<order>::ok
#include <sluice/schema/aggregate.hpp>

#ifdef SLUICE_REJECT
struct order {
  int id;
  int& total;
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
