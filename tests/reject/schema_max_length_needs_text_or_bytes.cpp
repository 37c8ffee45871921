// expect: max_length_needs_text_or_bytes<order, .*"TOTAL".*, int>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
  int total = 0;
};

template<>
struct sluice::schema<order>
    : sluice::columns<order,
#ifdef SLUICE_REJECT
                      sluice::column<"ID", &order::id>,
                      sluice::column<"TOTAL", &order::total, sluice::max_length<3>>
#else
                      sluice::column<"ID", &order::id>,
                      sluice::column<"TOTAL", &order::total>
#endif
                      > {
};

sluice::column_table const table = sluice::columns_of<order>();
