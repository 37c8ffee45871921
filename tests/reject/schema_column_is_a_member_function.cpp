// expect: column_is_no_member_or_function_object<order, .*"TOTAL".*, .*\(order::\*\)\(.*\).*>::ok
#include <sluice/schema/schema.hpp>

struct order {
  int id = 0;

  int const& total() const { return id; }
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL", &order::total>
#else
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TOTAL",
                                                              [](auto& o) -> auto& {
                                                                return o.total();
                                                              }>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
