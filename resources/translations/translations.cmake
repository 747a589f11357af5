# SPDX-License-Identifier: GPL-3.0-or-later
# Translations: each chainrule_LANGUAGE.ts beside this file is compiled and embedded as
# :/i18n/chainrule_LANGUAGE.qm. English holds the plural forms only; every other word of it stands in the
# source. `cmake --build build/dev --target translations` brings the .ts files up to date with the source.

# The programs alone, without the CMake package Qt6LinguistTools: with that come Designer and Assistant.
find_program(CHAINRULE_LRELEASE NAMES lrelease lrelease6 lrelease-qt6
    HINTS ${QT6_INSTALL_PREFIX}/${QT6_INSTALL_BINS})
if(NOT CHAINRULE_LRELEASE)
    message(FATAL_ERROR "Cannot compile the translations: Qt's lrelease was not found. "
        "Install it (on Debian and Ubuntu, qt6-l10n-tools) or set CHAINRULE_LRELEASE to its path.")
endif()
find_program(CHAINRULE_LUPDATE NAMES lupdate lupdate6 lupdate-qt6
    HINTS ${QT6_INSTALL_PREFIX}/${QT6_INSTALL_BINS})

set(CHAINRULE_TRANSLATIONS ${CMAKE_CURRENT_LIST_DIR})

# To be called in the folder that defines the target.
function(chainrule_embed_translations target)
    file(GLOB sources CONFIGURE_DEPENDS ${CHAINRULE_TRANSLATIONS}/chainrule_*.ts)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/i18n)
    file(MAKE_DIRECTORY ${folder})
    set(compiled "")
    foreach(source IN LISTS sources)
        get_filename_component(name ${source} NAME_WE)
        add_custom_command(OUTPUT ${folder}/${name}.qm
            COMMAND ${CHAINRULE_LRELEASE} -silent ${source} -qm ${folder}/${name}.qm
            DEPENDS ${source} COMMENT "Compiling translation ${name}" VERBATIM)
        list(APPEND compiled ${folder}/${name}.qm)
    endforeach()
    qt_add_resources(${target} translations PREFIX /i18n BASE ${folder} FILES ${compiled})

    if(CHAINRULE_LUPDATE)
        add_custom_target(translations
            COMMAND ${CHAINRULE_LUPDATE} -silent -no-obsolete -locations none -I . app widgets
                -pluralonly -source-language en -ts ${CHAINRULE_TRANSLATIONS}/chainrule_en.ts
            WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
    endif()
endfunction()
