// Which side of a proxy a listener serves. It decides what of a policy with a mode (Telemetry, WasmPlugin) counts: inbound is
// the server's side, everything else the client's.
#pragma once

#include <cstdint>

namespace amime::translate {

enum class ListenerClass : std::uint8_t { kSidecarOutbound, kSidecarInbound, kGateway };

}  // namespace amime::translate
