// What all three parts of Telemetry share: modes, and providers by name. For its .cc files: templates over the generated API.
#pragma once

#include <string>
#include <vector>

#include "translate/listener_class.h"

namespace amime::translate {

// `Mode` is istio.telemetry.v1alpha1.WorkloadMode: CLIENT_AND_SERVER 0, CLIENT 1, SERVER 2.
template <class Mode>
bool counts_for(Mode mode, ListenerClass listener_class) {
  constexpr int kBoth = 0, kServer = 2;
  return mode == kBoth || (mode == kServer) == (listener_class == ListenerClass::kSidecarInbound);
}

template <class Entry>
std::vector<std::string> provider_names(const Entry& entry) {
  std::vector<std::string> out;
  for (const auto& provider : entry.providers()) out.push_back(provider.name());
  return out;
}

}  // namespace amime::translate
