# envoy_api and istio_api: C++ generated from the pinned schemas (api/). Each .proto is generated exactly once.
# Linked whole, because a static library drops types that only an Any names.
set(AMIME_DEPS "$ENV{AMIME_DEPS}" CACHE PATH "What tools/deps.sh filled")
if(NOT AMIME_DEPS)
  set(AMIME_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${AMIME_DEPS}/istio-api.path")
  message(FATAL_ERROR "${AMIME_DEPS} is empty: run tools/deps.sh first (make build does)")
endif()

set(api_out "${CMAKE_SOURCE_DIR}/build/api")  # one for all presets: same paths, same compiler cache entries
set(api_inputs api/generate.sh api/envoy_descriptors.py api/envoy_roots.txt api/istio_roots.txt api/go.sum tools/requirements.txt)
set(api_digest "")
foreach(input IN LISTS api_inputs)
  file(SHA256 "${CMAKE_SOURCE_DIR}/${input}" digest)
  string(APPEND api_digest "${digest}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${input}")
endforeach()
set(api_have "")
if(EXISTS "${api_out}/stamp")
  file(READ "${api_out}/stamp" api_have)
endif()
if(NOT api_have STREQUAL api_digest)
  message(STATUS "Generating C++ for Envoy's and Istio's API")
  execute_process(COMMAND "${CMAKE_SOURCE_DIR}/api/generate.sh" "${AMIME_DEPS}" "${api_out}" COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE "${api_out}/stamp" "${api_digest}")
endif()

foreach(api envoy_api istio_api)
  file(GLOB_RECURSE sources "${api_out}/${api}/*.pb.cc")
  add_library(${api} STATIC ${sources})
  target_include_directories(${api} SYSTEM PUBLIC "${api_out}/${api}")
  # Not the project's own code: no warnings, no sanitizer (so that every preset shares one compiler cache entry a file).
  target_compile_options(${api} PRIVATE -O1 -g0 -w)
  target_link_libraries(${api} PUBLIC protobuf::libprotobuf)
endforeach()
target_link_libraries(envoy_api PUBLIC gRPC::grpc++)
target_link_libraries(istio_api PUBLIC envoy_api)

# Executables link this: both libraries whole.
add_library(whole_api INTERFACE)
add_dependencies(whole_api envoy_api istio_api)
target_link_libraries(whole_api INTERFACE
  -Wl,--whole-archive $<TARGET_FILE:envoy_api> $<TARGET_FILE:istio_api> -Wl,--no-whole-archive protobuf::libprotobuf gRPC::grpc++)
