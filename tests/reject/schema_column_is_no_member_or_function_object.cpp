// expect: column_is_no_member_or_function_object<order, .*"TOTAL".*, .*\(\*\)\(.*order.*\)>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;
  int total = 0;
};

inline int const& total_of(order const& o) {
  return o.total;
}

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &total_of>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL",
                                                              [](auto& o) -> auto& {
                                                                return o.total;
                                                              }>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
