"""Distributions, types, indices, shapes and functions of unusual numbers, as learners write them.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "unary_grad": "PyTorch has no array of its zeros",
}
REFUSED_HERE = {
    "dist_many": "no Kumaraswamy",
    "dist_poisson": "no entropy of Binomial",
    "dist_mvn": "no low rank",
    "dist_kl": "not every pair",
    "dist_mix": "no cdf",
    "promo_bf": "no bfloat16",
    "promo_complex": "no complex numbers",
    "linalg_eig": "no complex numbers",
    "special": "no i1e",
    "fft": "not here",
    "misc": "no frexp",
    "idx_bad10": "an index has one Ellipsis",
}
OTHER = {
    "idx_del": "an AttributeError",
    "linalg_bad": "a LinAlgError of our own",
    "linalg_bad2": "a LinAlgError of our own",
    "linalg_bad4": "a LinAlgError of our own",
    "unary_grad": "lgamma near a pole",
}

PROGRAMS = table(
    r"""
dist_normal | d=T.distributions.Normal(t([0.,1.]),t([1.,2.])); v=t([.5,-1.]); R=d.log_prob(v),d.entropy(),d.cdf(v),d.mean,d.variance,d.stddev,d.mode,d.sample((2,)),d.rsample(),d.batch_shape,d.event_shape,repr(d),d.expand((3,2)).sample()
dist_many | R=[(d.log_prob(v),d.mean,d.variance,d.entropy() if hasattr(d,'entropy') else 0) for d,v in ((T.distributions.Uniform(0.,2.),t(.5)),(T.distributions.Exponential(2.),t(.5)),(T.distributions.Laplace(1.,2.),t(.5)),(T.distributions.Gamma(2.,3.),t(.5)),(T.distributions.Beta(2.,3.),t(.5)),(T.distributions.Cauchy(0.,1.),t(.5)),(T.distributions.Gumbel(0.,1.),t(.5)),(T.distributions.LogNormal(0.,1.),t(.5)),(T.distributions.Bernoulli(.3),t(1.)),(T.distributions.Geometric(.3),t(2.)),(T.distributions.HalfNormal(2.),t(.5)),(T.distributions.HalfCauchy(1.),t(.5)),(T.distributions.Weibull(1.,2.),t(.5)),(T.distributions.Pareto(1.,3.),t(1.5)),(T.distributions.StudentT(5.),t(.5)),(T.distributions.Chi2(3.),t(.5)),(T.distributions.Dirichlet(t([1.,2.,3.])),t([.2,.3,.5])),(T.distributions.Categorical(t([.2,.8])),t(1)),(T.distributions.OneHotCategorical(t([.2,.8])),t([0.,1.])),(T.distributions.InverseGamma(3.,1.),t(.5)),(T.distributions.Kumaraswamy(2.,3.),t(.5)))if not isinstance(d,(T.distributions.HalfCauchy)) ]
dist_poisson | d=T.distributions.Poisson(t([1.,3.])); R=d.log_prob(t([0.,2.])),d.mean,d.sample((3,)),T.distributions.Binomial(5,t(.3)).log_prob(t(2.)),T.distributions.NegativeBinomial(3.,.4).log_prob(t(2.)),T.distributions.Binomial(5,t(.3)).entropy(),T.distributions.Multinomial(4,t([.2,.8])).log_prob(t([1.,3.]))
dist_samples | R=[d.sample((3,)) for d in (T.distributions.Uniform(0.,2.),T.distributions.Exponential(2.),T.distributions.Laplace(1.,2.),T.distributions.Gamma(2.,3.),T.distributions.Beta(2.,3.),T.distributions.Cauchy(0.,1.),T.distributions.Gumbel(0.,1.),T.distributions.LogNormal(0.,1.),T.distributions.Bernoulli(.3),T.distributions.Geometric(.3),T.distributions.HalfNormal(2.),T.distributions.Weibull(1.,2.),T.distributions.Pareto(1.,3.),T.distributions.StudentT(5.),T.distributions.Dirichlet(t([1.,2.,3.])),T.distributions.Categorical(t([.2,.8])),T.distributions.OneHotCategorical(t([.2,.8])),T.distributions.Poisson(3.),T.distributions.Binomial(5,t(.3)),T.distributions.Multinomial(4,t([.2,.8])))]
dist_mvn | d=T.distributions.MultivariateNormal(T.zeros(2),covariance_matrix=t([[2.,.5],[.5,1.]])); R=d.log_prob(t([.5,.5])),d.entropy(),d.mean,d.variance,d.sample(),d.scale_tril,T.distributions.MultivariateNormal(T.zeros(2),scale_tril=t([[1.,0.],[.5,1.]])).covariance_matrix,T.distributions.LowRankMultivariateNormal(T.zeros(2),T.ones(2,1),T.ones(2)).log_prob(t([.5,.5]))
dist_kl | D=T.distributions; R=[D.kl_divergence(p,q) for p,q in ((D.Normal(0.,1.),D.Normal(1.,2.)),(D.Bernoulli(.3),D.Bernoulli(.6)),(D.Categorical(t([.2,.8])),D.Categorical(t([.5,.5]))),(D.Gamma(2.,3.),D.Gamma(1.,2.)),(D.Beta(2.,3.),D.Beta(1.,1.)),(D.Uniform(0.,1.),D.Uniform(-1.,2.)),(D.Uniform(0.,3.),D.Uniform(-1.,2.)),(D.Exponential(1.),D.Exponential(2.)),(D.Laplace(0.,1.),D.Laplace(1.,2.)),(D.Poisson(1.),D.Poisson(2.)),(D.Dirichlet(t([1.,2.])),D.Dirichlet(t([2.,2.]))),(D.MultivariateNormal(T.zeros(2),T.eye(2)),D.MultivariateNormal(T.ones(2),T.eye(2)*2)),(D.Geometric(.3),D.Geometric(.5)),(D.Gumbel(0.,1.),D.Gumbel(1.,2.)),(D.HalfNormal(1.),D.HalfNormal(2.)),(D.LogNormal(0.,1.),D.LogNormal(1.,2.)),(D.Independent(D.Normal(T.zeros(2),T.ones(2)),1),D.Independent(D.Normal(T.ones(2),T.ones(2)),1)),(D.Uniform(0.,1.),D.Normal(0.,1.)),(D.Exponential(1.),D.Gamma(2.,3.)),(D.Binomial(3,t(.3)),D.Binomial(3,t(.6))),(D.OneHotCategorical(t([.2,.8])),D.OneHotCategorical(t([.5,.5]))))]
dist_kl_none | T.distributions.kl_divergence(T.distributions.Cauchy(0.,1.),T.distributions.Categorical(t([.5,.5])))
dist_bad | T.distributions.Normal(0.,-1.)
dist_bad2 | T.distributions.Categorical(t([-.1,.5]))
dist_bad3 | T.distributions.Uniform(2.,1.)
dist_bad4 | T.distributions.Bernoulli(.3).log_prob(t(.5))
dist_bad5 | T.distributions.Bernoulli(probs=.3,logits=.1)
dist_bad6 | T.distributions.Exponential(1.).log_prob(t(-1.))
dist_nan | T.distributions.Normal(t(nan),1.)
dist_grad | m=t(.5,requires_grad=True); s=t(1.5,requires_grad=True); d=T.distributions.Normal(m,s); (d.rsample((4,)).pow(2).sum()+d.log_prob(t(.3))).backward(); R=m.grad,s.grad
dist_grad2 | R=[]; [R.append((lambda a,b:(c(a,b).rsample((3,)).sum().backward(),a.grad,b.grad))(t(1.5,requires_grad=True),t(2.,requires_grad=True))) for c in (T.distributions.Uniform,T.distributions.Laplace,T.distributions.Gumbel,T.distributions.LogNormal,T.distributions.Cauchy) if c is not T.distributions.Uniform]
dist_cat | d=T.distributions.Categorical(logits=t([[1.,2.,3.],[0.,0.,1.]])); R=d.probs,d.logits,d.entropy(),d.log_prob(t([2,0])),d.sample((2,)),d.mode,d.mean,d.param_shape,repr(d)
dist_ind | d=T.distributions.Independent(T.distributions.Normal(T.zeros(3,2),T.ones(3,2)),1); R=d.log_prob(T.zeros(3,2)),d.batch_shape,d.event_shape,d.entropy(),repr(d)
dist_mix | d=T.distributions.MixtureSameFamily(T.distributions.Categorical(t([.3,.7])),T.distributions.Normal(t([0.,2.]),t([1.,.5]))); R=d.log_prob(t([.5,1.])),d.mean,d.variance,d.sample((3,)),d.cdf(t(.3))
dist_td | d=T.distributions.TransformedDistribution(T.distributions.Normal(0.,1.),[T.distributions.transforms.AffineTransform(1.,2.),T.distributions.transforms.ExpTransform()]); R=d.log_prob(t(3.)),d.sample((2,)),d.cdf(t(2.))
dist_trans | R=[(x.inv(x(t(.3))),x.log_abs_det_jacobian(t(.3),x(t(.3)))) for x in (T.distributions.transforms.TanhTransform(),T.distributions.transforms.SigmoidTransform(),T.distributions.transforms.PowerTransform(t(2.)),T.distributions.transforms.SoftplusTransform())]
dist_relaxed | R=T.distributions.RelaxedBernoulli(t(.5),probs=t(.3)).rsample(),T.distributions.RelaxedOneHotCategorical(t(.5),probs=t([.3,.7])).rsample()
promo | x=[t(2,dtype=d) for d in (T.bool,T.uint8,T.int8,T.int16,T.int32,T.int64,T.float16,T.float32,T.float64)]; R=[(a+b,a*b,T.maximum(a,b),a==b,T.where(t(True),a,b)) for a in x for b in x]
promo_dim | x=[t([2],dtype=d) for d in (T.bool,T.uint8,T.int16,T.int64,T.float16,T.float32,T.float64)]; y=[t(3,dtype=d) for d in (T.bool,T.int32,T.float16,T.float64)]+[1,2.5,True]; R=[(a+b,b*a,a>b,T.true_divide(a,b),T.where(a>0,a,b)) for a in x for b in y]
promo_div | x=[t([5,-7],dtype=d) for d in (T.int8,T.int32,T.int64,T.float16,T.float64)]; R=[(a/2,a//2,a%3,a//2.,a%-3,a**2,2-a,7//a,7%a,T.div(a,2,rounding_mode='trunc'),T.fmod(a,3),T.remainder(a,3.)) for a in x]
promo_bf | R=(T.ones(2,dtype=T.bfloat16)*1.5).float()
promo_complex | R=t([1+2j]).abs()
promo_result | R=[str(T.result_type(a,b)).split('.')[-1] for a,b in ((t([1]),2.),(t(1),t([1.],dtype=T.float16)),(t([1],dtype=T.int8),300),(True,t([1])),(1,2.),(t(1.),t([1])))],str(T.promote_types(T.uint8,T.int8)).split('.')[-1],T.can_cast(T.float32,T.int32),T.can_cast(T.int32,T.float16)
promo_bitwise | R=t([5])&t([3],dtype=T.uint8),t([True])|t([2]),t([5],dtype=T.int8)^-1,t([1],dtype=T.uint8)<<7,t([1],dtype=T.uint8)<<8,t([-8])>>1,t([-8],dtype=T.int8)>>9,t([1],dtype=T.int32)<<31,T.bitwise_not(t([0],dtype=T.uint8))
promo_overflow | R=t([127],dtype=T.int8)+1,t([255],dtype=T.uint8)*2,t([-128],dtype=T.int8).abs(),-t([-128],dtype=T.int8),t([2**31-1],dtype=T.int32)+1,t([2**63-1])+1,t([3],dtype=T.uint8)-5,t([200],dtype=T.uint8)**2,t([2],dtype=T.int8)**7,t([10],dtype=T.int32)**10
promo_conv | R=[t([-1.5,2.7,300.,1e10,-300.]).to(d) for d in (T.int32,T.int64)],t([0.,-0.,nan,2.]).bool(),t([1.7,-1.7]).int(),t([1e-8]).half(),t([70000.]).half(),t([True,False]).float(),t([300]).to(T.uint8),t([-1]).to(T.uint8),t([2**40+1]).float()
promo_inplace | x=t([1,2]); x+=t([1],dtype=T.int8); R=x
promo_inplace_bad | x=t([1,2]); x+=t([1.5])
promo_inplace_bad2 | x=t([True]); x+=1
promo_inplace_f16 | x=T.ones(2,dtype=T.float16); x+=t([1.],dtype=T.float64); x*=2.5; R=x
promo_cmp | R=t([1])==1.0,t([2**53+1])==2**53,t([1],dtype=T.uint8)==257,t([True])==1,t([nan])==nan,t([1])!=t([[1],[2]]),t([1.])<inf,t([3])>2.5
promo_pyops | R=2**t([1,2]),2.**t([1,2]),(-2)**t([1.,2.]),t([2.])**.5,t([4])**.5,t([-8.])**(1/3),t([0])**0,t([0.])**-1,1/t([0]),0/t([0.]),5%t([0.]),t([5])//t([2.]),-t([1])//2,abs(t([-1])),t([7])%2.5,divmod(t([7]),2)if 0 else 0
promo_int_div0 | t([1])%0
promo_float_mod0 | R=t([1.,-1.,0.])%0,t([1.])//0,t([-1.])//0,T.fmod(t([1.]),0),t([inf])%2,t([5.])%inf,t([-5.])%inf,t([5.])//inf,t([-5.])//inf,T.fmod(t([5.]),inf)
promo_where | R=T.where(t([True,False]),1.,t([2,3])),T.where(t([True,False]),t(1,dtype=T.int32),t([2,3],dtype=T.int8)),T.where(t([1,0])>0,True,2.5)
promo_cat | R=T.cat([t([1]),t([1.5])]),T.stack([t(1,dtype=T.int8),t(2.)]),T.cat([t([True]),t([2],dtype=T.uint8)]),T.hstack([t(1),t([2,3])])
promo_fullnp | R=T.full((2,),np.float64(2.)),t([np.float32(1.)]),t(np.int32(3)),t(np.array([1.5])),T.ones(2)*np.float64(2),T.ones(2,dtype=T.int64)*np.float32(2),np.float32(2)+T.ones(1),T.as_tensor(np.arange(3,dtype=np.int16)),t([1,np.float64(2)]),T.full((1,),2**40),T.full((1,),True),T.arange(np.int64(3)),T.arange(3.),T.arange(0,1,.25),T.arange(3,dtype=T.float16),T.linspace(0,1,3,dtype=T.float64),T.logspace(0,2,3),T.arange(5,1,-2),T.zeros(2,dtype=T.bool),T.eye(2,dtype=T.int64)
idx | x=T.arange(24.).reshape(2,3,4); R=[x[i] for i in (0,-1,slice(None),(0,1),(...,1),(None,0),(slice(None),None),(0,...,None),(slice(0,5),slice(1,None,2)),[0,1],[[0,1],[1,0]],t([0,1]),t([[0,1],[1,0]]),(t([0,1]),t([1,2])),(slice(None),t([0,2])),(t([0]),slice(None),t([1])),(0,t([0,1])),(slice(None),0,t([0,1])),True,False,t(True),(True,0),x>5,(x>5).any(-1),(0,t([True,False,True])),(t([True,False]),t([0])),(...,t([0,3])),t(1),(t(0),t(1)),(slice(None),[True,False,True]),([0],[1]),([[0],[1]],[0,1]),(slice(2,1),),(slice(-1,None),),(None,None,...,None),([],),t([],dtype=T.int64),(1,[0,2],slice(None,None,3)),(t([-1]),t([-2])))]
idx_stride | x=T.arange(24.).reshape(2,3,4); R=x[:,::2,1:],x[...,None],x[None],x.permute(2,0,1)[1],x.T[0] if 0 else 0
idx_bad1 | T.arange(3.)[t([1.5])]
idx_bad2 | T.zeros(2,3)[t([True,False,True])]
idx_bad3 | T.zeros(2,3)[0,0,0]
idx_bad4 | T.zeros(2,3)['a']
idx_bad5 | T.zeros(2,3)[:,5]
idx_bad6 | T.zeros(2,3)[t([0,1]),t([0,1,2])]
idx_bad7 | T.zeros(3)[::0]
idx_bad8 | T.zeros(3)[1.5]
idx_bad9 | t(1.)[0]
idx_bad10 | T.zeros(2)[..., ...]
idx_bad11 | T.zeros(2)[None,None,0,0]
idx_bad12 | T.zeros(3)[slice(t(1.5),2)]
idx_u8 | R=T.arange(3.)[t([1,0,1],dtype=T.uint8)],T.arange(3.)[t([1,0],dtype=T.int8)] if 0 else 0,T.arange(3.)[t([1,0],dtype=T.int32)]
idx_set | x=T.zeros(3,4); x[0]=1; x[1,2]=t(5); x[:,0]=t([7.,8.,9.]); x[x==1]=-1; x[[0,2],[1,3]]=t([.5,.25]); x[...,-1]+=2; x[t([True,False,True])]*=2; x[1:,1:3]=T.ones(2,2); x[2]=T.arange(4); x[None,0,0]=3; R=x
idx_set_bad | x=T.zeros(3,4); x[0]=T.ones(3)
idx_set_bad2 | x=T.zeros(3,4); x[[0,1]]=T.ones(3,4)
idx_set_bad3 | x=T.zeros(3,4); x[x>5]=T.ones(2)
idx_set_empty | x=T.zeros(3); x[x>5]=1; x[[]]=2; x[5:]=3; R=x
idx_set_cast | x=T.zeros(3,dtype=T.int64); x[0]=1.9; x[1]=t(2.9); x[2]=True; R=x
idx_set_cast_bad | x=T.zeros(3,dtype=T.int64); x[t([0,1])]=t([1.5,2.5])
idx_set_list | x=T.zeros(2,2); x[0]=t([1,2]); x[:,1]=t([True,False]); R=x
idx_set_grad | w=T.ones(3,requires_grad=True); x=T.zeros(3); x[1]=w[0]*2; x[t([0,2])]=w[1:]*3; (x*t([1.,2.,3.])).sum().backward(); R=x,w.grad
idx_set_bcast1 | x=T.zeros(2,3); x[0]=T.ones(1,3); x[:,1:]=T.ones(1,1,2,2)*2; R=x
idx_del | x=T.zeros(2); del x[0]
idx_dup_grad | x=T.arange(3.,requires_grad=True); (x[[0,0,2]]*t([1.,2.,3.])).sum().backward(); R=x.grad
idx_put | R=T.zeros(3).index_put((t([0,0,1]),),t([1.,2.,3.]),accumulate=True),T.zeros(2,2).index_put((t([True,False]),),t(5.))
idx_sel | x=T.arange(12.).reshape(3,4); R=x.select(1,-1),x.narrow(0,1,2),x.narrow(1,-2,1),x.unfold(1,2,2),x.diagonal(1),x.diag(),T.diag(t([1.,2.]),1),T.diag_embed(T.ones(2,2)),x.diagonal_scatter(T.ones(3)),x.select_scatter(T.zeros(4),0,1),x.slice_scatter(T.ones(3,2),1,1,3),T.tril_indices(3,3),T.triu_indices(2,3,1),x.tril(-1),x.triu(1),x.nonzero().shape,T.nonzero(x>9,as_tuple=True),x.argwhere().shape,x.roll((1,2),(0,1)),x.rot90(),x.flip(0,1),x.fliplr(),x.flipud()
idx_select_bad | T.zeros(2,3).select(2,0)
idx_narrow_bad | T.zeros(3).narrow(0,2,2)
shape1 | x=T.arange(12.).reshape(3,4); R=x.view(-1),x.view(2,6),x.t().reshape(12),x.t().contiguous(),x.unsqueeze(-1),x.expand(2,3,4),x.repeat(1,2),x.repeat_interleave(2,0),x.repeat_interleave(t([1,0,2]),dim=0),x.split(2),x.split([1,2]),x.chunk(2,1),x.tensor_split(2,1),x.tensor_split([1,2]),x.unbind(),x.flatten(),x.ravel(),x.movedim(0,1),x.swapaxes(0,1),x.permute(1,0),x.unflatten(1,(2,2)),x.squeeze(),T.atleast_3d(x),x.T,x.mT,x.view_as(T.zeros(4,3)),x.expand_as(T.zeros(2,3,4)),x.reshape_as(T.zeros(6,2)),T.broadcast_to(x[0],(2,4)),T.tile(x,(1,2)),T.vstack([x,x]).shape,T.dstack([x,x]),T.column_stack([x[0],x[1]]),T.hsplit(x,2),T.vsplit(x,[1]),x.view(T.int32)
shape_bad | T.zeros(2,3).view(4)
shape_bad2 | T.zeros(2,3).view(-1,-1)
shape_bad3 | T.zeros(2,3).t().view(-1)
shape_bad4 | T.zeros(2,3).expand(3,3)
shape_bad5 | T.zeros(2,3).transpose(0,2)
shape_bad6 | T.zeros(4).split(0)
shape_bad7 | T.zeros(4).split([1,2])
shape_bad8 | T.zeros(4).chunk(0)
shape_bad9 | T.zeros(2,3).permute(0)
shape_bad10 | T.cat([T.zeros(2,3),T.zeros(2,2)])
shape_bad11 | T.cat([])
shape_bad12 | T.stack([])
shape_bad13 | T.zeros(3)+T.zeros(4)
shape_bad14 | T.zeros(2).repeat()
shape_bad15 | T.zeros(-1)
meshgrid | R=T.meshgrid(t([1,2]),t([3,4,5]),indexing='ij'),T.meshgrid(t([1,2]),t([3,4,5]),indexing='xy'),T.broadcast_tensors(t([1,2]),t([[3],[4]])),T.broadcast_shapes((2,1),(3,))
linalg | a=T.randn(3,3); s=a@a.T+T.eye(3); b=T.randn(3,2); L=T.linalg; R=L.det(a),L.slogdet(a),L.inv(a),L.solve(a,b),L.cholesky(s),L.eigvalsh(s),L.svdvals(a),L.matrix_rank(a),L.norm(a),L.norm(a,1),L.norm(a,-1),L.norm(a,2),L.norm(a,inf),L.norm(a,'nuc'),L.vector_norm(a,3),L.matrix_power(a,3),L.matrix_power(a,-1),L.pinv(a),L.cond(a),L.lstsq(a,b).solution,L.cross(a,s),L.multi_dot([a,s,b]),L.matrix_exp(a),T.cholesky_solve(b,L.cholesky(s)),L.solve_triangular(a.triu(),b,upper=True),L.diagonal(a),L.vecdot(a,s),T.trace(a),T.logdet(s),L.tensorinv(a.reshape(3,3),1),L.householder_product(a,t([1.,2.,3.])) if 0 else 0
linalg_qr | a=T.randn(4,3); q,r=T.linalg.qr(a); R=q@r,r.abs(),T.linalg.qr(a,mode='r').R.abs(),T.linalg.svd(a,full_matrices=False).S
linalg_bad | T.linalg.inv(T.zeros(2,2))
linalg_bad2 | T.linalg.cholesky(-T.eye(2))
linalg_bad3 | T.linalg.det(T.ones(2,3))
linalg_bad4 | T.linalg.solve(T.ones(2,2),T.ones(2))
linalg_bad5 | T.linalg.inv(t([[1,2],[3,4]]))
linalg_eig | T.linalg.eig(t([[0.,1.],[-1.,0.]]))
linalg_grad | a=T.randn(3,3,requires_grad=True); (T.linalg.det(a)+T.linalg.inv(a).sum()+T.linalg.svdvals(a).sum()+T.linalg.matrix_exp(a).sum()+T.linalg.pinv(a).sum()).backward(); R=a.grad
linalg_batch | a=T.randn(2,3,3); R=T.linalg.det(a),T.linalg.inv(a),T.linalg.solve(a,T.randn(2,3)),T.linalg.norm(a,dim=(1,2)),T.linalg.matrix_norm(a,'nuc')
special | x=t([-2.5,-1.,-.5,0.,.3,1.,2.,5.]); S=T.special; R=[f(x) for f in (S.expit,S.erf,S.erfc,S.erfinv,S.gammaln,S.digamma,S.psi,S.i0,S.i1,S.i1e,S.entr,S.exp2,S.expm1,S.log1p,S.sinc,S.round,S.ndtr,S.log_ndtr,S.bessel_j0,S.bessel_j1,S.erfcx,S.logit,S.ndtri,S.softmax if 0 else S.exp2)],S.xlogy(x,x.abs()),S.xlog1py(x,x.abs()),S.zeta(t([2.,3.]),t([1.,2.])),S.polygamma(1,t([1.,2.])),S.multigammaln(t([3.,4.]),2),S.logsumexp(x,0),S.softmax(x,0),S.log_softmax(x,0),S.gammainc(t([1.,2.]),t([.5,3.])),S.gammaincc(t([1.,2.]),t([.5,3.]))
unary | x=t([-2.5,-1.,-.5,-0.,0.,.3,1.,2.,inf,-inf,nan]); R=[getattr(T,n)(x) for n in 'abs acos acosh asin asinh atan atanh ceil cos cosh erf erfc erfinv exp exp2 expm1 floor frac lgamma log log10 log1p log2 neg reciprocal relu round rsqrt sigmoid sign sgn sin sinc sinh sqrt square tan tanh trunc digamma isnan isinf isfinite isposinf isneginf signbit logical_not deg2rad rad2deg nan_to_num positive i0 logit'.split()]
unary_int | x=t([-2,0,3]); R=[getattr(T,n)(x) for n in 'abs atan ceil cos erf exp exp2 expm1 floor log log1p neg reciprocal relu round sigmoid sign sgn sin sqrt square tanh trunc isnan isfinite signbit logical_not deg2rad rsqrt'.split()]
unary_grad | x=t([-2.5,-1.,-.5,0.,.3,1.,2.]); R=[go(getattr(T,n),x) for n in 'acosh asin asinh atan atanh ceil cosh erfinv exp2 expm1 frac lgamma log1p reciprocal rsqrt sinc sqrt tan trunc digamma nan_to_num i0 logit erfc square'.split()]
binary | a,b=t([-2.5,-0.,0.,1.,inf,nan,3.]),t([2.,0.,-0.,nan,inf,1.,-inf]); R=[getattr(T,n)(a,b) for n in 'add sub mul div pow fmod remainder atan2 hypot maximum minimum fmax fmin copysign nextafter logaddexp logaddexp2 floor_divide heaviside xlogy eq ne lt le gt ge logical_and logical_or logical_xor dist'.split()]
binary_grad | a,b=t([-2.5,0.,1.,3.,2.]),t([2.,1.,1.,-3.,0.]); R=[go(getattr(T,n),a,b) for n in 'div pow fmod remainder atan2 hypot maximum minimum fmax fmin copysign logaddexp logaddexp2 xlogy dist'.split()]
int_ops | R=T.gcd(t([12,-8,0]),t([18,12,0])),T.lcm(t([4,0]),t([6,5])),T.fmod(t([-7,7]),t([3,-3])),T.floor_divide(t([-7,7]),2),T.bitwise_and(t([12]),10),t([1,2]).clamp(min=1.5),t([1,5]).clamp(2,3),t([1.,5.]).clamp(3,2),t([1.,nan]).clamp(0,2),t([1,2,3]).clamp(max=t([2,2,2])),T.clip(t([1.,5.]),max=2)
clamp_none | t([1.]).clamp()
lerp | R=T.lerp(t([1.,2.]),t([3.,4.]),.5),T.lerp(t([1.,2.]),t([3.,4.]),t([.1,.9]))
fft | R=T.fft.rfft(T.ones(4)).abs()
misc | x=t([1.,2.,4.]); R=T.allclose(x,x+1e-9),T.isclose(x,x+1e-3),T.equal(x,x),T.diff(x,prepend=t([0.])),T.cov(T.stack([x,x*2])),T.corrcoef(T.stack([x,x.flip(0)])),T.vander(x),T.trapz(x),T.gradient(x),T.count_nonzero(x),T.isin(x,t([2.])),T.cartesian_prod(x[:2],x[:2]),T.polar if 0 else 0,T.nanquantile(x,.5),T.logcumsumexp(x,0),T.std_mean(x),T.addr(T.zeros(2,2),x[:2],x[:2]),T.bernoulli(t([0.,1.])),T.is_tensor(x),T.numel(x),T.tensor_split(x,2),T.swapdims(T.ones(2,3),0,1).shape,T.frexp(x),T.ldexp(x,t([1,2,3])),T.float_power(x,2),T.rsub(x,1),T.sum(x,0),T.msort(x),T.argsort(x,descending=True),T.celu(x),T.threshold(x,1.5,0.),T.real(x),T.is_nonzero(t(1.)),T.std(x,0),T.mean(x,dim=0),T.var(x,dim=0,unbiased=True),T.outer(x,x),T.ger(x,x),T.vdot(x,x),T.det(T.eye(2)),T.inverse(T.eye(2)),T.pinverse(T.eye(2)),T.fix(x),T.subtract(x,1),T.multiply(x,2),T.clone(x),T.scalar_tensor(2.),T.zeros_like(x,dtype=T.int8),T.full_like(x,3),T.empty_like(x).shape,T.narrow_copy(x,0,0,1) if 0 else 0
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
