#ifndef SLUICE_SCHEMA_DETAIL_BIND_HPP
#define SLUICE_SCHEMA_DETAIL_BIND_HPP

/// \file
/// The members of an aggregate by number, through structured bindings, which cannot be a pack.

#include <sluice/config.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::detail {

inline constexpr std::size_t max_bound_members = 128;

template<std::size_t>
using any_pointer = void const*;

// The pointer number sizeof...(Before); no recursion, one instantiation per call.
template<class>
struct pick_pointer;

template<std::size_t... Before>
struct pick_pointer<std::index_sequence<Before...>> {
  template<class T>
  static constexpr T* from(any_pointer<Before>..., T* wanted, ...) noexcept {
    return wanted;
  }
};

constexpr bool take_pointers(...) noexcept {
  return true;
}

// clang-format off
// SLUICE_Nk: the first 8 k names; SLUICE_Ak: their addresses. Eight cases share one block.
#define SLUICE_N0
#define SLUICE_A0
#define SLUICE_N1 SLUICE_N0 m0, m1, m2, m3, m4, m5, m6, m7,
#define SLUICE_A1 SLUICE_A0 &m0, &m1, &m2, &m3, &m4, &m5, &m6, &m7,
#define SLUICE_N2 SLUICE_N1 m8, m9, m10, m11, m12, m13, m14, m15,
#define SLUICE_A2 SLUICE_A1 &m8, &m9, &m10, &m11, &m12, &m13, &m14, &m15,
#define SLUICE_N3 SLUICE_N2 m16, m17, m18, m19, m20, m21, m22, m23,
#define SLUICE_A3 SLUICE_A2 &m16, &m17, &m18, &m19, &m20, &m21, &m22, &m23,
#define SLUICE_N4 SLUICE_N3 m24, m25, m26, m27, m28, m29, m30, m31,
#define SLUICE_A4 SLUICE_A3 &m24, &m25, &m26, &m27, &m28, &m29, &m30, &m31,
#define SLUICE_N5 SLUICE_N4 m32, m33, m34, m35, m36, m37, m38, m39,
#define SLUICE_A5 SLUICE_A4 &m32, &m33, &m34, &m35, &m36, &m37, &m38, &m39,
#define SLUICE_N6 SLUICE_N5 m40, m41, m42, m43, m44, m45, m46, m47,
#define SLUICE_A6 SLUICE_A5 &m40, &m41, &m42, &m43, &m44, &m45, &m46, &m47,
#define SLUICE_N7 SLUICE_N6 m48, m49, m50, m51, m52, m53, m54, m55,
#define SLUICE_A7 SLUICE_A6 &m48, &m49, &m50, &m51, &m52, &m53, &m54, &m55,
#define SLUICE_N8 SLUICE_N7 m56, m57, m58, m59, m60, m61, m62, m63,
#define SLUICE_A8 SLUICE_A7 &m56, &m57, &m58, &m59, &m60, &m61, &m62, &m63,
#define SLUICE_N9 SLUICE_N8 m64, m65, m66, m67, m68, m69, m70, m71,
#define SLUICE_A9 SLUICE_A8 &m64, &m65, &m66, &m67, &m68, &m69, &m70, &m71,
#define SLUICE_N10 SLUICE_N9 m72, m73, m74, m75, m76, m77, m78, m79,
#define SLUICE_A10 SLUICE_A9 &m72, &m73, &m74, &m75, &m76, &m77, &m78, &m79,
#define SLUICE_N11 SLUICE_N10 m80, m81, m82, m83, m84, m85, m86, m87,
#define SLUICE_A11 SLUICE_A10 &m80, &m81, &m82, &m83, &m84, &m85, &m86, &m87,
#define SLUICE_N12 SLUICE_N11 m88, m89, m90, m91, m92, m93, m94, m95,
#define SLUICE_A12 SLUICE_A11 &m88, &m89, &m90, &m91, &m92, &m93, &m94, &m95,
#define SLUICE_N13 SLUICE_N12 m96, m97, m98, m99, m100, m101, m102, m103,
#define SLUICE_A13 SLUICE_A12 &m96, &m97, &m98, &m99, &m100, &m101, &m102, &m103,
#define SLUICE_N14 SLUICE_N13 m104, m105, m106, m107, m108, m109, m110, m111,
#define SLUICE_A14 SLUICE_A13 &m104, &m105, &m106, &m107, &m108, &m109, &m110, &m111,
#define SLUICE_N15 SLUICE_N14 m112, m113, m114, m115, m116, m117, m118, m119,
#define SLUICE_A15 SLUICE_A14 &m112, &m113, &m114, &m115, &m116, &m117, &m118, &m119,
#define SLUICE_N16 SLUICE_N15 m120, m121, m122, m123, m124, m125, m126, m127,
#define SLUICE_A16 SLUICE_A15 &m120, &m121, &m122, &m123, &m124, &m125, &m126, &m127,

#define SLUICE_LIST(...) __VA_ARGS__
#define SLUICE_CASE(n, names, addresses)                                            \
  if constexpr (Count == n) {                                                       \
    auto& [SLUICE_LIST names] = record;                                             \
    if constexpr (Index == Count) return requires { take_pointers(SLUICE_LIST addresses); }; \
    else return (*pick_pointer<std::make_index_sequence<Index>>::from(SLUICE_LIST addresses)); \
  } else

// The member number `Index` of `Count`. With `Index == Count`: whether every member has an address,
// which a bit-field has not.
template<std::size_t Count, std::size_t Index, class Record>
constexpr decltype(auto) bound_member(Record& record) noexcept {
  SLUICE_CASE(1, (SLUICE_N0 m0), (SLUICE_A0 &m0))
  SLUICE_CASE(2, (SLUICE_N0 m0, m1), (SLUICE_A0 &m0, &m1))
  SLUICE_CASE(3, (SLUICE_N0 m0, m1, m2), (SLUICE_A0 &m0, &m1, &m2))
  SLUICE_CASE(4, (SLUICE_N0 m0, m1, m2, m3), (SLUICE_A0 &m0, &m1, &m2, &m3))
  SLUICE_CASE(5, (SLUICE_N0 m0, m1, m2, m3, m4), (SLUICE_A0 &m0, &m1, &m2, &m3, &m4))
  SLUICE_CASE(6, (SLUICE_N0 m0, m1, m2, m3, m4, m5), (SLUICE_A0 &m0, &m1, &m2, &m3, &m4, &m5))
  SLUICE_CASE(7, (SLUICE_N0 m0, m1, m2, m3, m4, m5, m6), (SLUICE_A0 &m0, &m1, &m2, &m3, &m4, &m5, &m6))
  SLUICE_CASE(8, (SLUICE_N0 m0, m1, m2, m3, m4, m5, m6, m7), (SLUICE_A0 &m0, &m1, &m2, &m3, &m4, &m5, &m6, &m7))
  SLUICE_CASE(9, (SLUICE_N1 m8), (SLUICE_A1 &m8))
  SLUICE_CASE(10, (SLUICE_N1 m8, m9), (SLUICE_A1 &m8, &m9))
  SLUICE_CASE(11, (SLUICE_N1 m8, m9, m10), (SLUICE_A1 &m8, &m9, &m10))
  SLUICE_CASE(12, (SLUICE_N1 m8, m9, m10, m11), (SLUICE_A1 &m8, &m9, &m10, &m11))
  SLUICE_CASE(13, (SLUICE_N1 m8, m9, m10, m11, m12), (SLUICE_A1 &m8, &m9, &m10, &m11, &m12))
  SLUICE_CASE(14, (SLUICE_N1 m8, m9, m10, m11, m12, m13), (SLUICE_A1 &m8, &m9, &m10, &m11, &m12, &m13))
  SLUICE_CASE(15, (SLUICE_N1 m8, m9, m10, m11, m12, m13, m14), (SLUICE_A1 &m8, &m9, &m10, &m11, &m12, &m13, &m14))
  SLUICE_CASE(16, (SLUICE_N1 m8, m9, m10, m11, m12, m13, m14, m15), (SLUICE_A1 &m8, &m9, &m10, &m11, &m12, &m13, &m14, &m15))
  SLUICE_CASE(17, (SLUICE_N2 m16), (SLUICE_A2 &m16))
  SLUICE_CASE(18, (SLUICE_N2 m16, m17), (SLUICE_A2 &m16, &m17))
  SLUICE_CASE(19, (SLUICE_N2 m16, m17, m18), (SLUICE_A2 &m16, &m17, &m18))
  SLUICE_CASE(20, (SLUICE_N2 m16, m17, m18, m19), (SLUICE_A2 &m16, &m17, &m18, &m19))
  SLUICE_CASE(21, (SLUICE_N2 m16, m17, m18, m19, m20), (SLUICE_A2 &m16, &m17, &m18, &m19, &m20))
  SLUICE_CASE(22, (SLUICE_N2 m16, m17, m18, m19, m20, m21), (SLUICE_A2 &m16, &m17, &m18, &m19, &m20, &m21))
  SLUICE_CASE(23, (SLUICE_N2 m16, m17, m18, m19, m20, m21, m22), (SLUICE_A2 &m16, &m17, &m18, &m19, &m20, &m21, &m22))
  SLUICE_CASE(24, (SLUICE_N2 m16, m17, m18, m19, m20, m21, m22, m23), (SLUICE_A2 &m16, &m17, &m18, &m19, &m20, &m21, &m22, &m23))
  SLUICE_CASE(25, (SLUICE_N3 m24), (SLUICE_A3 &m24))
  SLUICE_CASE(26, (SLUICE_N3 m24, m25), (SLUICE_A3 &m24, &m25))
  SLUICE_CASE(27, (SLUICE_N3 m24, m25, m26), (SLUICE_A3 &m24, &m25, &m26))
  SLUICE_CASE(28, (SLUICE_N3 m24, m25, m26, m27), (SLUICE_A3 &m24, &m25, &m26, &m27))
  SLUICE_CASE(29, (SLUICE_N3 m24, m25, m26, m27, m28), (SLUICE_A3 &m24, &m25, &m26, &m27, &m28))
  SLUICE_CASE(30, (SLUICE_N3 m24, m25, m26, m27, m28, m29), (SLUICE_A3 &m24, &m25, &m26, &m27, &m28, &m29))
  SLUICE_CASE(31, (SLUICE_N3 m24, m25, m26, m27, m28, m29, m30), (SLUICE_A3 &m24, &m25, &m26, &m27, &m28, &m29, &m30))
  SLUICE_CASE(32, (SLUICE_N3 m24, m25, m26, m27, m28, m29, m30, m31), (SLUICE_A3 &m24, &m25, &m26, &m27, &m28, &m29, &m30, &m31))
  SLUICE_CASE(33, (SLUICE_N4 m32), (SLUICE_A4 &m32))
  SLUICE_CASE(34, (SLUICE_N4 m32, m33), (SLUICE_A4 &m32, &m33))
  SLUICE_CASE(35, (SLUICE_N4 m32, m33, m34), (SLUICE_A4 &m32, &m33, &m34))
  SLUICE_CASE(36, (SLUICE_N4 m32, m33, m34, m35), (SLUICE_A4 &m32, &m33, &m34, &m35))
  SLUICE_CASE(37, (SLUICE_N4 m32, m33, m34, m35, m36), (SLUICE_A4 &m32, &m33, &m34, &m35, &m36))
  SLUICE_CASE(38, (SLUICE_N4 m32, m33, m34, m35, m36, m37), (SLUICE_A4 &m32, &m33, &m34, &m35, &m36, &m37))
  SLUICE_CASE(39, (SLUICE_N4 m32, m33, m34, m35, m36, m37, m38), (SLUICE_A4 &m32, &m33, &m34, &m35, &m36, &m37, &m38))
  SLUICE_CASE(40, (SLUICE_N4 m32, m33, m34, m35, m36, m37, m38, m39), (SLUICE_A4 &m32, &m33, &m34, &m35, &m36, &m37, &m38, &m39))
  SLUICE_CASE(41, (SLUICE_N5 m40), (SLUICE_A5 &m40))
  SLUICE_CASE(42, (SLUICE_N5 m40, m41), (SLUICE_A5 &m40, &m41))
  SLUICE_CASE(43, (SLUICE_N5 m40, m41, m42), (SLUICE_A5 &m40, &m41, &m42))
  SLUICE_CASE(44, (SLUICE_N5 m40, m41, m42, m43), (SLUICE_A5 &m40, &m41, &m42, &m43))
  SLUICE_CASE(45, (SLUICE_N5 m40, m41, m42, m43, m44), (SLUICE_A5 &m40, &m41, &m42, &m43, &m44))
  SLUICE_CASE(46, (SLUICE_N5 m40, m41, m42, m43, m44, m45), (SLUICE_A5 &m40, &m41, &m42, &m43, &m44, &m45))
  SLUICE_CASE(47, (SLUICE_N5 m40, m41, m42, m43, m44, m45, m46), (SLUICE_A5 &m40, &m41, &m42, &m43, &m44, &m45, &m46))
  SLUICE_CASE(48, (SLUICE_N5 m40, m41, m42, m43, m44, m45, m46, m47), (SLUICE_A5 &m40, &m41, &m42, &m43, &m44, &m45, &m46, &m47))
  SLUICE_CASE(49, (SLUICE_N6 m48), (SLUICE_A6 &m48))
  SLUICE_CASE(50, (SLUICE_N6 m48, m49), (SLUICE_A6 &m48, &m49))
  SLUICE_CASE(51, (SLUICE_N6 m48, m49, m50), (SLUICE_A6 &m48, &m49, &m50))
  SLUICE_CASE(52, (SLUICE_N6 m48, m49, m50, m51), (SLUICE_A6 &m48, &m49, &m50, &m51))
  SLUICE_CASE(53, (SLUICE_N6 m48, m49, m50, m51, m52), (SLUICE_A6 &m48, &m49, &m50, &m51, &m52))
  SLUICE_CASE(54, (SLUICE_N6 m48, m49, m50, m51, m52, m53), (SLUICE_A6 &m48, &m49, &m50, &m51, &m52, &m53))
  SLUICE_CASE(55, (SLUICE_N6 m48, m49, m50, m51, m52, m53, m54), (SLUICE_A6 &m48, &m49, &m50, &m51, &m52, &m53, &m54))
  SLUICE_CASE(56, (SLUICE_N6 m48, m49, m50, m51, m52, m53, m54, m55), (SLUICE_A6 &m48, &m49, &m50, &m51, &m52, &m53, &m54, &m55))
  SLUICE_CASE(57, (SLUICE_N7 m56), (SLUICE_A7 &m56))
  SLUICE_CASE(58, (SLUICE_N7 m56, m57), (SLUICE_A7 &m56, &m57))
  SLUICE_CASE(59, (SLUICE_N7 m56, m57, m58), (SLUICE_A7 &m56, &m57, &m58))
  SLUICE_CASE(60, (SLUICE_N7 m56, m57, m58, m59), (SLUICE_A7 &m56, &m57, &m58, &m59))
  SLUICE_CASE(61, (SLUICE_N7 m56, m57, m58, m59, m60), (SLUICE_A7 &m56, &m57, &m58, &m59, &m60))
  SLUICE_CASE(62, (SLUICE_N7 m56, m57, m58, m59, m60, m61), (SLUICE_A7 &m56, &m57, &m58, &m59, &m60, &m61))
  SLUICE_CASE(63, (SLUICE_N7 m56, m57, m58, m59, m60, m61, m62), (SLUICE_A7 &m56, &m57, &m58, &m59, &m60, &m61, &m62))
  SLUICE_CASE(64, (SLUICE_N7 m56, m57, m58, m59, m60, m61, m62, m63), (SLUICE_A7 &m56, &m57, &m58, &m59, &m60, &m61, &m62, &m63))
  SLUICE_CASE(65, (SLUICE_N8 m64), (SLUICE_A8 &m64))
  SLUICE_CASE(66, (SLUICE_N8 m64, m65), (SLUICE_A8 &m64, &m65))
  SLUICE_CASE(67, (SLUICE_N8 m64, m65, m66), (SLUICE_A8 &m64, &m65, &m66))
  SLUICE_CASE(68, (SLUICE_N8 m64, m65, m66, m67), (SLUICE_A8 &m64, &m65, &m66, &m67))
  SLUICE_CASE(69, (SLUICE_N8 m64, m65, m66, m67, m68), (SLUICE_A8 &m64, &m65, &m66, &m67, &m68))
  SLUICE_CASE(70, (SLUICE_N8 m64, m65, m66, m67, m68, m69), (SLUICE_A8 &m64, &m65, &m66, &m67, &m68, &m69))
  SLUICE_CASE(71, (SLUICE_N8 m64, m65, m66, m67, m68, m69, m70), (SLUICE_A8 &m64, &m65, &m66, &m67, &m68, &m69, &m70))
  SLUICE_CASE(72, (SLUICE_N8 m64, m65, m66, m67, m68, m69, m70, m71), (SLUICE_A8 &m64, &m65, &m66, &m67, &m68, &m69, &m70, &m71))
  SLUICE_CASE(73, (SLUICE_N9 m72), (SLUICE_A9 &m72))
  SLUICE_CASE(74, (SLUICE_N9 m72, m73), (SLUICE_A9 &m72, &m73))
  SLUICE_CASE(75, (SLUICE_N9 m72, m73, m74), (SLUICE_A9 &m72, &m73, &m74))
  SLUICE_CASE(76, (SLUICE_N9 m72, m73, m74, m75), (SLUICE_A9 &m72, &m73, &m74, &m75))
  SLUICE_CASE(77, (SLUICE_N9 m72, m73, m74, m75, m76), (SLUICE_A9 &m72, &m73, &m74, &m75, &m76))
  SLUICE_CASE(78, (SLUICE_N9 m72, m73, m74, m75, m76, m77), (SLUICE_A9 &m72, &m73, &m74, &m75, &m76, &m77))
  SLUICE_CASE(79, (SLUICE_N9 m72, m73, m74, m75, m76, m77, m78), (SLUICE_A9 &m72, &m73, &m74, &m75, &m76, &m77, &m78))
  SLUICE_CASE(80, (SLUICE_N9 m72, m73, m74, m75, m76, m77, m78, m79), (SLUICE_A9 &m72, &m73, &m74, &m75, &m76, &m77, &m78, &m79))
  SLUICE_CASE(81, (SLUICE_N10 m80), (SLUICE_A10 &m80))
  SLUICE_CASE(82, (SLUICE_N10 m80, m81), (SLUICE_A10 &m80, &m81))
  SLUICE_CASE(83, (SLUICE_N10 m80, m81, m82), (SLUICE_A10 &m80, &m81, &m82))
  SLUICE_CASE(84, (SLUICE_N10 m80, m81, m82, m83), (SLUICE_A10 &m80, &m81, &m82, &m83))
  SLUICE_CASE(85, (SLUICE_N10 m80, m81, m82, m83, m84), (SLUICE_A10 &m80, &m81, &m82, &m83, &m84))
  SLUICE_CASE(86, (SLUICE_N10 m80, m81, m82, m83, m84, m85), (SLUICE_A10 &m80, &m81, &m82, &m83, &m84, &m85))
  SLUICE_CASE(87, (SLUICE_N10 m80, m81, m82, m83, m84, m85, m86), (SLUICE_A10 &m80, &m81, &m82, &m83, &m84, &m85, &m86))
  SLUICE_CASE(88, (SLUICE_N10 m80, m81, m82, m83, m84, m85, m86, m87), (SLUICE_A10 &m80, &m81, &m82, &m83, &m84, &m85, &m86, &m87))
  SLUICE_CASE(89, (SLUICE_N11 m88), (SLUICE_A11 &m88))
  SLUICE_CASE(90, (SLUICE_N11 m88, m89), (SLUICE_A11 &m88, &m89))
  SLUICE_CASE(91, (SLUICE_N11 m88, m89, m90), (SLUICE_A11 &m88, &m89, &m90))
  SLUICE_CASE(92, (SLUICE_N11 m88, m89, m90, m91), (SLUICE_A11 &m88, &m89, &m90, &m91))
  SLUICE_CASE(93, (SLUICE_N11 m88, m89, m90, m91, m92), (SLUICE_A11 &m88, &m89, &m90, &m91, &m92))
  SLUICE_CASE(94, (SLUICE_N11 m88, m89, m90, m91, m92, m93), (SLUICE_A11 &m88, &m89, &m90, &m91, &m92, &m93))
  SLUICE_CASE(95, (SLUICE_N11 m88, m89, m90, m91, m92, m93, m94), (SLUICE_A11 &m88, &m89, &m90, &m91, &m92, &m93, &m94))
  SLUICE_CASE(96, (SLUICE_N11 m88, m89, m90, m91, m92, m93, m94, m95), (SLUICE_A11 &m88, &m89, &m90, &m91, &m92, &m93, &m94, &m95))
  SLUICE_CASE(97, (SLUICE_N12 m96), (SLUICE_A12 &m96))
  SLUICE_CASE(98, (SLUICE_N12 m96, m97), (SLUICE_A12 &m96, &m97))
  SLUICE_CASE(99, (SLUICE_N12 m96, m97, m98), (SLUICE_A12 &m96, &m97, &m98))
  SLUICE_CASE(100, (SLUICE_N12 m96, m97, m98, m99), (SLUICE_A12 &m96, &m97, &m98, &m99))
  SLUICE_CASE(101, (SLUICE_N12 m96, m97, m98, m99, m100), (SLUICE_A12 &m96, &m97, &m98, &m99, &m100))
  SLUICE_CASE(102, (SLUICE_N12 m96, m97, m98, m99, m100, m101), (SLUICE_A12 &m96, &m97, &m98, &m99, &m100, &m101))
  SLUICE_CASE(103, (SLUICE_N12 m96, m97, m98, m99, m100, m101, m102), (SLUICE_A12 &m96, &m97, &m98, &m99, &m100, &m101, &m102))
  SLUICE_CASE(104, (SLUICE_N12 m96, m97, m98, m99, m100, m101, m102, m103), (SLUICE_A12 &m96, &m97, &m98, &m99, &m100, &m101, &m102, &m103))
  SLUICE_CASE(105, (SLUICE_N13 m104), (SLUICE_A13 &m104))
  SLUICE_CASE(106, (SLUICE_N13 m104, m105), (SLUICE_A13 &m104, &m105))
  SLUICE_CASE(107, (SLUICE_N13 m104, m105, m106), (SLUICE_A13 &m104, &m105, &m106))
  SLUICE_CASE(108, (SLUICE_N13 m104, m105, m106, m107), (SLUICE_A13 &m104, &m105, &m106, &m107))
  SLUICE_CASE(109, (SLUICE_N13 m104, m105, m106, m107, m108), (SLUICE_A13 &m104, &m105, &m106, &m107, &m108))
  SLUICE_CASE(110, (SLUICE_N13 m104, m105, m106, m107, m108, m109), (SLUICE_A13 &m104, &m105, &m106, &m107, &m108, &m109))
  SLUICE_CASE(111, (SLUICE_N13 m104, m105, m106, m107, m108, m109, m110), (SLUICE_A13 &m104, &m105, &m106, &m107, &m108, &m109, &m110))
  SLUICE_CASE(112, (SLUICE_N13 m104, m105, m106, m107, m108, m109, m110, m111), (SLUICE_A13 &m104, &m105, &m106, &m107, &m108, &m109, &m110, &m111))
  SLUICE_CASE(113, (SLUICE_N14 m112), (SLUICE_A14 &m112))
  SLUICE_CASE(114, (SLUICE_N14 m112, m113), (SLUICE_A14 &m112, &m113))
  SLUICE_CASE(115, (SLUICE_N14 m112, m113, m114), (SLUICE_A14 &m112, &m113, &m114))
  SLUICE_CASE(116, (SLUICE_N14 m112, m113, m114, m115), (SLUICE_A14 &m112, &m113, &m114, &m115))
  SLUICE_CASE(117, (SLUICE_N14 m112, m113, m114, m115, m116), (SLUICE_A14 &m112, &m113, &m114, &m115, &m116))
  SLUICE_CASE(118, (SLUICE_N14 m112, m113, m114, m115, m116, m117), (SLUICE_A14 &m112, &m113, &m114, &m115, &m116, &m117))
  SLUICE_CASE(119, (SLUICE_N14 m112, m113, m114, m115, m116, m117, m118), (SLUICE_A14 &m112, &m113, &m114, &m115, &m116, &m117, &m118))
  SLUICE_CASE(120, (SLUICE_N14 m112, m113, m114, m115, m116, m117, m118, m119), (SLUICE_A14 &m112, &m113, &m114, &m115, &m116, &m117, &m118, &m119))
  SLUICE_CASE(121, (SLUICE_N15 m120), (SLUICE_A15 &m120))
  SLUICE_CASE(122, (SLUICE_N15 m120, m121), (SLUICE_A15 &m120, &m121))
  SLUICE_CASE(123, (SLUICE_N15 m120, m121, m122), (SLUICE_A15 &m120, &m121, &m122))
  SLUICE_CASE(124, (SLUICE_N15 m120, m121, m122, m123), (SLUICE_A15 &m120, &m121, &m122, &m123))
  SLUICE_CASE(125, (SLUICE_N15 m120, m121, m122, m123, m124), (SLUICE_A15 &m120, &m121, &m122, &m123, &m124))
  SLUICE_CASE(126, (SLUICE_N15 m120, m121, m122, m123, m124, m125), (SLUICE_A15 &m120, &m121, &m122, &m123, &m124, &m125))
  SLUICE_CASE(127, (SLUICE_N15 m120, m121, m122, m123, m124, m125, m126), (SLUICE_A15 &m120, &m121, &m122, &m123, &m124, &m125, &m126))
  SLUICE_CASE(128, (SLUICE_N15 m120, m121, m122, m123, m124, m125, m126, m127), (SLUICE_A15 &m120, &m121, &m122, &m123, &m124, &m125, &m126, &m127))
  static_assert(Count >= 1 && Count <= max_bound_members);
}

#undef SLUICE_CASE
#undef SLUICE_LIST
#undef SLUICE_N0
#undef SLUICE_A0
#undef SLUICE_N1
#undef SLUICE_A1
#undef SLUICE_N2
#undef SLUICE_A2
#undef SLUICE_N3
#undef SLUICE_A3
#undef SLUICE_N4
#undef SLUICE_A4
#undef SLUICE_N5
#undef SLUICE_A5
#undef SLUICE_N6
#undef SLUICE_A6
#undef SLUICE_N7
#undef SLUICE_A7
#undef SLUICE_N8
#undef SLUICE_A8
#undef SLUICE_N9
#undef SLUICE_A9
#undef SLUICE_N10
#undef SLUICE_A10
#undef SLUICE_N11
#undef SLUICE_A11
#undef SLUICE_N12
#undef SLUICE_A12
#undef SLUICE_N13
#undef SLUICE_A13
#undef SLUICE_N14
#undef SLUICE_A14
#undef SLUICE_N15
#undef SLUICE_A15
#undef SLUICE_N16
#undef SLUICE_A16
// clang-format on

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SCHEMA_DETAIL_BIND_HPP
