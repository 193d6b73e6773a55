# Reference figures of R's gstat for the tests of spatial/interpolation.
# Run in this folder:  Rscript make_reference.R
# Needs the Debian packages r-base-core, r-cran-gstat and r-cran-sp.
suppressPackageStartupMessages({ library(sp); library(gstat) })

# Written with 17 digits, so that every double comes back as it was.
save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (is.numeric(column)) trimws(formatC(column, digits = 17, format = "g")) else column))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}

# Samples: 90 irregular places on a plain 2 km by 1.5 km, in the numbers of EPSG:32631, with a
# smooth field and an irregular part. A formula, not a random generator, so any R gives the same.
n <- 90
i <- seq_len(n)
easting  <- 500000 + round(2000 * ((i^2 * 0.6180339887498949) %% 1), 1)
northing <- 5600000 + round(1500 * ((i^2 * 0.7548776662466927) %% 1), 1)
smooth   <- sin((easting - 500000) / 170) + cos((northing - 5600000) / 140 + easting / 400)
rough    <- 1.2 * (((i * 0.5698402909980532) %% 1) - 0.5)
samples  <- data.frame(easting = easting, northing = northing,
                       value = round(exp(4 + 0.8 * smooth + rough), 3))
save(samples, "samples.csv")

# Targets: irregular places, and the first three samples, where kriging is exact.
m <- 40
j <- seq_len(m)
targets <- data.frame(
  easting  = c(500000 + round(2200 * ((j * 0.3247179572447461) %% 1) - 100, 1), easting[1:3]),
  northing = c(5600000 + round(1700 * ((j * 0.1802922222939474) %% 1) - 100, 1), northing[1:3]))

coordinates(samples) <- ~easting + northing
places <- targets
coordinates(places) <- ~easting + northing

v <- variogram(log(value) ~ 1, samples)
save(v[, c("np", "dist", "gamma")], "variogram.csv")
v2 <- variogram(log(value) ~ 1, samples, cutoff = 900, width = 60)
save(v2[, c("np", "dist", "gamma")], "variogram_900_60.csv")

# fit.variogram stops once the sum of squares changes little; started again from its own answer it
# comes nearer to the best one.
starts <- list(Sph = 700, Exp = 800, Gau = 370, Mat = 200)
fits <- do.call(rbind, lapply(names(starts), function(name) {
  f <- fit.variogram(v, vgm(0.6, name, starts[[name]], 0.1, kappa = 1.5))
  for (again in 1:30) f <- fit.variogram(v, f)
  data.frame(model = name, nugget = f$psill[1], psill = f$psill[2], scale = f$range[2],
             squares = attr(f, "SSErr"))
}))
save(fits, "fits.csv")

models <- list(
  spherical   = vgm(0.55, "Sph", 700, 0.05),
  exponential = vgm(0.60, "Exp", 300, 0.02),
  gaussian    = vgm(0.50, "Gau", 350, 0.05),
  matern15    = vgm(0.50, "Mat", 200, 0.05, kappa = 1.5),
  matern07    = vgm(0.50, "Mat", 200, 0.05, kappa = 0.7),
  nonugget    = vgm(0.60, "Sph", 700))
kriged <- do.call(rbind, lapply(names(models), function(name) {
  all  <- krige(log(value) ~ 1, samples, places, models[[name]], debug.level = 0)
  near <- krige(log(value) ~ 1, samples, places, models[[name]], nmax = 12, debug.level = 0)
  data.frame(model = name, easting = targets$easting, northing = targets$northing,
             all_pred = all$var1.pred, all_var = all$var1.var,
             near_pred = near$var1.pred, near_var = near$var1.var)
}))
save(kriged, "kriged.csv")

left_out <- do.call(rbind, lapply(c("spherical", "exponential", "matern15"), function(name) {
  all  <- krige.cv(log(value) ~ 1, samples, models[[name]], verbose = FALSE)
  near <- krige.cv(log(value) ~ 1, samples, models[[name]], nmax = 12, verbose = FALSE)
  data.frame(model = name, all_pred = all$var1.pred, all_var = all$var1.var,
             near_pred = near$var1.pred, near_var = near$var1.var)
}))
save(left_out, "left_out.csv")

inverse <- data.frame(
  easting = targets$easting, northing = targets$northing,
  all_2  = idw(value ~ 1, samples, places, idp = 2, debug.level = 0)$var1.pred,
  near_2 = idw(value ~ 1, samples, places, idp = 2, nmax = 12, debug.level = 0)$var1.pred,
  all_3  = idw(value ~ 1, samples, places, idp = 3, debug.level = 0)$var1.pred)
save(inverse, "inverse_distance.csv")

# Meuse (package sp): gstat's fits, each started again until nothing changes any more.
data(meuse)
coordinates(meuse) <- ~x + y
curves <- list(default = variogram(log(zinc) ~ 1, meuse),
               cutoff1500_width100 = variogram(log(zinc) ~ 1, meuse, cutoff = 1500, width = 100))
meuse_fits <- do.call(rbind, lapply(names(curves), function(curve)
  do.call(rbind, lapply(c(Sph = "Sph", Exp = "Exp"), function(name) {
    f <- fit.variogram(curves[[curve]], vgm(0.5, name, if (name == "Sph") 900 else 300, 0.1))
    for (again in 1:100) f <- fit.variogram(curves[[curve]], f)
    data.frame(variogram = curve, model = name, nugget = f$psill[1], psill = f$psill[2],
               range = f$range[2], SSErr = attr(f, "SSErr"))
  }))))
save(meuse_fits, "meuse_fits.csv")

writeLines(c(R.version.string, paste("gstat", packageVersion("gstat")),
             paste("sp", packageVersion("sp"))), "versions.txt")
