# SPDX-License-Identifier: GPL-3.0-or-later
# Shows that core cannot include Qt: a line that includes QString does not compile with the include folders
# of the target core, while one that includes a header of core does.
#
#   cmake -DCOMPILER=... -DINCLUDES=folder|folder -DSCRATCH=folder -P corewithoutqt.cmake
cmake_minimum_required(VERSION 3.25)

string(REPLACE "|" ";" folders "${INCLUDES}")
list(REMOVE_DUPLICATES folders)
list(TRANSFORM folders PREPEND "-I")

function(compile text)
    file(WRITE ${SCRATCH}/include.cpp "${text}\n")
    execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${folders} ${SCRATCH}/include.cpp
        RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE errors)
    set(status "${status}" PARENT_SCOPE)
    set(errors "${errors}" PARENT_SCOPE)
endfunction()

compile("#include \"core/base/result.h\"")
if(NOT status EQUAL 0)
    message(FATAL_ERROR "a header of core does not compile:\n${errors}")
endif()
foreach(header QString QtCore/QString)
    compile("#include <${header}>")
    if(status EQUAL 0)
        message(FATAL_ERROR "core can include <${header}>")
    elseif(NOT errors MATCHES "${header}: No such file|'${header}' file not found")
        message(FATAL_ERROR "<${header}> failed for another reason:\n${errors}")
    endif()
endforeach()
