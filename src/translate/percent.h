// Percent of Istio's API as Envoy's fractions. Pure functions; any thread.
#pragma once

namespace envoy::type::v3 {
class FractionalPercent;
}
namespace istio::networking::v1alpha3 {
class Percent;
}

namespace amime::translate {

void set_percent(const istio::networking::v1alpha3::Percent& percent, envoy::type::v3::FractionalPercent* out);  // to 1/10,000 %
void set_percent(unsigned percent, envoy::type::v3::FractionalPercent* out);

}  // namespace amime::translate
