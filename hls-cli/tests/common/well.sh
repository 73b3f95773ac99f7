
echo '***** C/RTL SYNTHESIS *****'
mkdir -p myproject_prj/solution1/syn/report
cp /dev/null vitis_hls.log
echo '<profile/>' > myproject_prj/solution1/syn/report/csynth.xml
echo report > myproject_prj/solution1/syn/report/myproject_csynth.rpt
echo log >> vitis_hls.log
