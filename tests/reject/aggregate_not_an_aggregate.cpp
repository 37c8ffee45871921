// expect: not_an_aggregate<order>::ok
#include <sluice/schema/aggregate.hpp>

#ifdef SLUICE_REJECT
class order {
  int id;

 public:
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
