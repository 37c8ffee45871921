// expect: schema_of_another_record<order, other>::ok
#include <sluice/schema/schema.hpp>

struct other {
  int id = 0;
};

struct order : other {};

template<>
#ifdef SLUICE_REJECT
struct sluice::schema<order> : sluice::columns<other, sluice::column<"ID", &other::id>> {
};
#else
struct sluice::schema<order> : sluice::columns<order, sluice::column<"ID", &order::id>> {
};
#endif

sluice::column_table const table = sluice::columns_of<order>();
