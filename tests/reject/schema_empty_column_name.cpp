// expect: empty_column_name<order, 1>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
  int total = 0;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"", &order::total>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::total>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
