#include "translate/percent.h"

#include <cstdint>

#include "envoy/type/v3/percent.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {

using envoy::type::v3::FractionalPercent;

void set_percent(const istio::networking::v1alpha3::Percent& percent, FractionalPercent* out) {
  constexpr double kMillionthsPerPercent = 10'000;
  out->set_numerator(static_cast<std::uint32_t>(percent.value() * kMillionthsPerPercent));
  out->set_denominator(FractionalPercent::MILLION);
}

void set_percent(unsigned percent, FractionalPercent* out) {
  out->set_numerator(percent);
  out->set_denominator(FractionalPercent::HUNDRED);
}

}  // namespace amime::translate
