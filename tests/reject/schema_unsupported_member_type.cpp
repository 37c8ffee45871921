// expect: unsupported_member_type<order, .*"TOTAL".*, long double>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
  long double total = 0;
  double sum = 0;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::total>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::sum>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
