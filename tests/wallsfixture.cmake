# SPDX-License-Identifier: GPL-3.0-or-later
# Shows that walls.cmake can fail: in the fixture, every #include line that ends in "// wrong" must be
# reported, and no other; without those lines nothing is reported.
#
#   cmake -DFIXTURE=folder -DWALLS=walls.cmake -DSCRATCH=folder -P wallsfixture.cmake
cmake_minimum_required(VERSION 3.25)

function(scan root)
    execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${root} -P ${WALLS}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    set(status ${status} PARENT_SCOPE)
    set(said "${output}${errors}" PARENT_SCOPE)
endfunction()

scan(${FIXTURE})
if(status EQUAL 0)
    message(SEND_ERROR "the scan of the fixture passed")
endif()
file(REMOVE_RECURSE ${SCRATCH})
set(wrong 0)
file(GLOB_RECURSE files RELATIVE ${FIXTURE} ${FIXTURE}/*.h ${FIXTURE}/*.cpp)
foreach(file IN LISTS files)
    set(rest "")
    file(READ ${FIXTURE}/${file} text)
    string(REGEX REPLACE "[][;]" " " text "${text}")
    string(REGEX MATCHALL "# *i[a-z]+ [^\n]*" lines "${text}")
    foreach(line IN LISTS lines)
        string(REGEX MATCH "^# *i[a-z]+ +([^ ]+)" unused "${line}")
        string(FIND "${said}" "${file}: ${CMAKE_MATCH_1}: " asInclude)
        string(FIND "${said}" "${file}: ${line}: " asLine)
        if(line MATCHES "// wrong$")
            math(EXPR wrong "${wrong} + 1")
            if(asInclude EQUAL -1 AND asLine EQUAL -1)
                message(SEND_ERROR "not reported: ${file}: ${line}")
            endif()
        else()
            string(APPEND rest "${line}\n")
            if(NOT asInclude EQUAL -1)
                message(SEND_ERROR "reported, but allowed: ${file}: ${line}")
            endif()
        endif()
    endforeach()
    file(WRITE ${SCRATCH}/${file} "${rest}")
endforeach()
if(NOT said MATCHES "${wrong} includes go through a wall")
    message(SEND_ERROR "${wrong} includes of the fixture are wrong, but the scan said:\n${said}")
endif()

scan(${SCRATCH})
if(NOT status EQUAL 0)
    message(SEND_ERROR "a tree without violations was refused:\n${said}")
endif()

# A scan that finds nothing to read has shown nothing.
file(REMOVE_RECURSE ${SCRATCH}/widgets)
scan(${SCRATCH})
if(status EQUAL 0)
    message(SEND_ERROR "a tree without widgets passed")
endif()
