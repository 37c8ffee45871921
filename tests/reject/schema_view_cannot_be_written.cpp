// expect: view_cannot_be_written<order, .*"TAG".*, tag, .*string.*>::ok
#include <sluice/schema/schema.hpp>

#include <string>
#include <string_view>

struct tag {
  std::string text;
};

template<>
struct sluice::value_traits<tag> : sluice::value_as<std::string> {
#ifdef SLUICE_REJECT
  static std::string view(tag const& t) { return t.text; }
#else
  static std::string_view view(tag const& t) { return t.text; }
#endif
};

struct order {
  int id = 0;
  tag mark;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"TAG", &order::mark>> {};

sluice::column_table const table = sluice::columns_of<order>();
