# Reference figures of R's gstat for variograms of what remains beside a trend, and kriging with them.
# Run in this folder:  Rscript make_reference_trend.R     (after make_reference_kriging.R)
# Needs the Debian packages r-base-core, r-cran-gstat and r-cran-sp.
suppressPackageStartupMessages({ library(sp); library(gstat) })

save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (is.numeric(column)) trimws(formatC(column, digits = 17, format = "g")) else column))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}

samples <- read.csv("samples.csv")
samples$e <- (samples$easting - 501000) / 1000; samples$n <- (samples$northing - 5600750) / 1000
coordinates(samples) <- ~easting + northing
meuse <- read.csv("kriging_meuse.csv")
coordinates(meuse) <- ~easting + northing

# gstat takes the residuals of ordinary least squares.
curves <- list(plane     = variogram(log(value) ~ e + n, samples),
               quadratic = variogram(log(value) ~ e + n + I(e^2) + I(e * n) + I(n^2), samples),
               meuse     = variogram(log(zinc) ~ cover, meuse))
save(do.call(rbind, lapply(names(curves), function(name)
  cbind(case = name, curves[[name]][, c("np", "dist", "gamma")]))), "variograms_residual.csv")

fit <- fit.variogram(curves$meuse, vgm(0.15, "Sph", 800, 0.08))
for (again in 1:30) fit <- fit.variogram(curves$meuse, fit)
save(data.frame(nugget = fit$psill[1], psill = fit$psill[2], scale = fit$range[2]), "fit_residual.csv")

cells <- unique(read.csv("kriged_family_meuse.csv")[, c("easting", "northing", "cover")])
places <- cells
coordinates(places) <- ~easting + northing
kriged <- krige(log(zinc) ~ cover, meuse, places, fit, debug.level = 0)
save(cbind(cells, pred = kriged$var1.pred, var = kriged$var1.var), "kriged_residual.csv")
