// expect: duplicate_column_name<order, .*"ID"
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
  int total = 0;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"ID", &order::total>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::total>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
