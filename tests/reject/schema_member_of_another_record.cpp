// expect: member_of_another_record<order, .*"TOTAL".*, other>::ok
#include <sluice/schema/schema.hpp>

struct other {
  int total = 0;
};

struct order {
  int id = 0;
  int total = 0;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &other::total>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::total>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
