# Runs a project's scripts and writes down what they say to the tool.
#
#     tclsh recorder.tcl RECORD [build_prj.tcl]          in the project's folder
#
# RECORD gets lines of words between tabs: "variable NAME VALUE" for project.tcl, "option NAME VALUE" for
# build_opt.tcl, "command WORDS..." for every command of build_prj.tcl that Tcl itself does not have, and exit.

set record [open [lindex $argv 0] w]

proc note {kind words} {
    puts $::record [join [linsert $words 0 $kind] \t]
}

source project.tcl
foreach name {project_name backend part clock_period clock_uncertainty version maximum_size} {
    note variable [list $name [set $name]]
}
source build_opt.tcl
foreach {name value} [array get opt] {
    note option [list $name $value]
}

proc unknown {args} {
    note command $args
}
rename exit tcl_exit
proc exit {{status 0}} {
    note command exit
    close $::record
    tcl_exit $status
}
if {[llength $argv] > 1} {
    source [lindex $argv 1]
} else {
    close $record
}
