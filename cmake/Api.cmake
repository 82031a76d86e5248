# The generated APIs (api/CMakeLists.txt), built once into build/api by tools/build.sh and imported here.
set(api_dir "${CMAKE_SOURCE_DIR}/build/api")
if(NOT EXISTS "${api_dir}/libenvoy_types.a")
  message(FATAL_ERROR "${api_dir} is not built: use tools/build.sh (make build does)")
endif()
foreach(api envoy_api istio_api)
  add_library(${api} STATIC IMPORTED GLOBAL)
  set_target_properties(${api} PROPERTIES IMPORTED_LOCATION "${api_dir}/lib${api}.a")
  target_include_directories(${api} SYSTEM INTERFACE "${api_dir}/gen/${api}")
  target_link_libraries(${api} INTERFACE protobuf::libprotobuf)
endforeach()
target_link_libraries(envoy_api INTERFACE gRPC::grpc++)
target_link_libraries(istio_api INTERFACE envoy_api)

add_library(envoy_types STATIC IMPORTED GLOBAL)
set_target_properties(envoy_types PROPERTIES IMPORTED_LOCATION "${api_dir}/libenvoy_types.a")
target_include_directories(envoy_types INTERFACE "${CMAKE_SOURCE_DIR}/api/include")

# Executables link this: both libraries whole, because a static library drops types that only an Any names.
add_library(whole_api INTERFACE)
target_link_libraries(whole_api INTERFACE
  -Wl,--whole-archive "${api_dir}/libenvoy_api.a" "${api_dir}/libistio_api.a" -Wl,--no-whole-archive protobuf::libprotobuf gRPC::grpc++)
