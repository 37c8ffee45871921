#ifndef SLUICE_TRANSPORT_DETAIL_INTRUSIVE_LIST_HPP
#define SLUICE_TRANSPORT_DETAIL_INTRUSIVE_LIST_HPP

#include <sluice/config.hpp>

namespace sluice::inline v0::detail {

/// A link that takes itself out of its list when it ends. `Tag` lets one object be in several
/// lists.
template<class Tag>
class list_hook {
 public:
  list_hook() noexcept = default;
  list_hook(list_hook const&) = delete;
  list_hook& operator=(list_hook const&) = delete;

  ~list_hook() { unlink(); }

  [[nodiscard]] bool linked() const noexcept { return next_ != this; }

  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  template<class T, class U>
  friend class intrusive_list;

  void link_before(list_hook& other) noexcept {
    previous_ = other.previous_;
    next_ = &other;
    other.previous_->next_ = this;
    other.previous_ = this;
  }

  list_hook* previous_ = this;
  list_hook* next_ = this;
};

/// A queue of objects that derive from `list_hook<Tag>`; it owns nothing and allocates nothing.
template<class T, class Tag>
class intrusive_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return !head_.linked(); }

  /// Precondition: `item` is in no list of this tag.
  void push_back(T& item) noexcept { static_cast<list_hook<Tag>&>(item).link_before(head_); }

  /// Takes the first item out; null if there is none.
  [[nodiscard]] T* pop_front() noexcept {
    if (empty()) return nullptr;
    list_hook<Tag>* first = head_.next_;
    first->unlink();
    return static_cast<T*>(first);
  }

  [[nodiscard]] T* front() noexcept { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  /// Moves all items of `other` behind the items of this list.
  void take_all(intrusive_list& other) noexcept {
    while (T* item = other.pop_front()) push_back(*item);
  }

 private:
  list_hook<Tag> head_;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_DETAIL_INTRUSIVE_LIST_HPP
