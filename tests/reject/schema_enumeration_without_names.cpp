// expect: enumeration_without_names<order, .*"STATE".*, state>::ok
#include <sluice/schema/schema.hpp>

enum class state { open, paid };

struct order {
  int id = 0;
  state now = state::open;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
#ifdef SLUICE_REJECT
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"STATE", &order::now>
#else
                                               sluice::column<"ID", &order::id>
#endif
                                               > {
};

sluice::column_table const table = sluice::columns_of<order>();
